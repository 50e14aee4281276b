# The step agent: PID 1 of a step container. It waits for the step-runner's commands on a named pipe and runs one step
# at a time, with shell builtins only, since an image may hold a shell and nothing else. The step-runner writes this
# file into the container's control volume, and the container's entry point (STEP_ENTRY_POINT) sources it.
#
#   $1/command   line in:  <secret>, once; then `run <secret> <id>`, and `kill <id>` while that step runs
#   $1/status    line out: `ready`; then `exit <secret> <id> <exit code> <processes killed for want of memory>`
#   $1/stdout    what the step writes, read by the step-runner as it comes: a full pipe makes the step wait
#   $1/stderr
#   $1/step-<id> functions step_run (replaces the process), step_before and step_after (files that must be in place)
#
# Whatever a step writes into these pipes and files can end or fail that step, as its own exit code could; only who knows
# the secret, which is in this shell's memory alone, can make the agent run something or report an end.

# Takes what AWS, ECS and the executor put into the environment out of it. Only a new process image also clears
# /proc/1/environ, so the caller must exec afterwards. Wants field splitting at newlines: a value that spans lines
# can at worst unset one more variable of these prefixes.
unset_foreign_variables() {
  set -f
  IFS='
'
  for line in $(export -p); do
    name=${line#export }
    name=${name#declare -x }
    name=${name%%=*}
    case $name in
    *[!A-Za-z0-9_]*) ;;
    AWS_* | ECS_* | EXECUTOR_*) unset "$name" ;;
    esac
  done
}

# Sets `killed_for_memory` to the kernel's count for this container: cgroup v2, else v1.
count_killed_for_memory() {
  killed_for_memory=0
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    if [ -r "$file" ]; then
      while read -r key value; do
        if [ "$key" = oom_kill ]; then killed_for_memory=$value; fi
      done <"$file"
      return
    fi
  done
}

# Kills all that is left of a step and waits until it is gone. As PID 1 `-1` means every other process of the container.
# An adopted child stays a zombie until some `wait` of this shell meets it, hence the empty child; one that does not go
# (a hung disk) takes the container with it.
kill_leftovers() {
  kill -9 -1
  wait "$watcher"
  tries=0
  while kill -0 -1; do
    kill -9 -1
    (:) &
    wait $!
    tries=$((tries + 1))
    if [ $tries -gt 10000 ]; then exit 1; fi
  done
}

# Waits, in the background, for the step-runner's order to kill the step of this id.
watch_for_kill() {
  while read -r verb which <&3; do
    if [ "$verb $which" = "kill $id" ]; then break; fi
  done
  kill -9 -1
}

# Runs a function of the step in a process of its own, in the foreground: a background one would ignore SIGINT.
# A step is the kernel's first choice when memory ends, so that the agent lives to tell. Outside a PID namespace of its
# own the agent kills nothing: there the step-runner looks for the step's processes itself (agent-host-processes.ts).
contained() {
  if [ $$ = 1 ]; then
    watch_for_kill 4>&- &
    watcher=$!
  fi
  (
    trap - TERM INT
    { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null
    exec </dev/null >&5 2>&6 3<&- 4>&- 5>&- 6>&-
    "$1"
  )
  ended=$?
  if [ $$ = 1 ]; then kill_leftovers; fi
}

run_step() {
  count_killed_for_memory
  before=$killed_for_memory
  has_files=
  . "$control/step-$id"
  exit_code=0
  if [ "$has_files" ]; then
    contained step_before
    exit_code=$ended
  fi
  if [ $exit_code = 0 ]; then
    contained step_run
    exit_code=$ended
  fi
  if [ "$has_files" ]; then contained step_after; fi
  count_killed_for_memory
}

main() {
  control=$1
  if [ "$2" != clean ]; then
    unset_foreign_variables
    exec /bin/sh "$control/agent.sh" "$control" clean
  fi
  # PID 1 ignores what it does not trap. During a step the signal, which may be the step's own, waits for its report.
  running=
  stopping=
  trap 'stopping=1; if [ -z "$running" ]; then exit 143; fi' TERM
  # Some shells end at a SIGINT although they are PID 1. Not ignored, since a step would inherit that.
  trap : INT
  exec 3<"$control/command" 4>"$control/status" 2>/dev/null
  read -r secret <&3
  echo ready >&4
  while read -r verb given id <&3; do
    if [ "$verb $given" = "run $secret" ]; then
      running=1
      run_step 5>"$control/stdout" 6>"$control/stderr"
      # A line of its own, whatever a step has left unfinished in the pipe.
      echo "
exit $secret $id $exit_code $((killed_for_memory - before))" >&4
      running=
      if [ "$stopping" ]; then exit 143; fi
    fi
  done
}

# One line, so that the shell has read all of this file before a step could change it.
main "$1" "${2-}"; exit
