"""Lambda functions as processes of this machine, one for each execution environment, where LocalStack would start Docker
containers. A process is started as Lambda's Node runtime is: with the deployed environment, and asking the Runtime API
for one event after the other. What it writes goes to the deployed log group at once. There is no isolation and no limit
of memory; time-outs are kept.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API"."""

import json
import os
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from settings import SETTINGS

HOST = "127.0.0.1"


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id=id, function_version=function_version)
        self.config = function_version.config
        self.events = Queue()
        self.answers = Queue()
        self.last_lines = []
        self.process = None
        self.server = None

    def start(self, env_vars):
        self.server = ThreadingHTTPServer((HOST, 0), runtime_api(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        code = self.config.code.get_unzipped_code_location()
        environment = {
            "PATH": os.environ["PATH"],
            # The managed runtime brings the SDK; our own bundles hold theirs.
            "NODE_PATH": SETTINGS["nodeModules"],
            **env_vars,
            **json.loads(Path(SETTINGS["functionEnvironment"]).read_text()),
            "LAMBDA_TASK_ROOT": code,
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{self.server.server_port}",
            "HANDLER_FILE": handler_file(code, self.config.handler),
        }
        self.process = subprocess.Popen(
            [SETTINGS["node"], SETTINGS["bootstrap"]],
            cwd=code,
            env={name: str(value) for name, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._log, daemon=True).start()

    def stop(self):
        if self.process is not None:
            self.process.kill()
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()

    def invoke(self, payload):
        request_id = payload["invoke-id"]
        deadline = time.time() + self.config.timeout
        self.events.put({"id": request_id, "event": payload["payload"], "deadline": deadline})
        try:
            is_error, answer = self.answers.get(timeout=self.config.timeout)
        except Empty:
            self.process.kill()
            is_error, answer = True, error("Sandbox.Timedout", f"Task timed out after {self.config.timeout:.2f} seconds")
        if answer is None:
            raise StatusErrorException("the process has ended", payload=error("Runtime.ExitError", self.get_logs()))
        # No logs: they are where they belong already.
        return InvocationResult(request_id, answer, is_error=is_error, logs="")

    def get_logs(self):
        return "".join(self.last_lines)

    def get_address(self):
        return HOST

    def get_endpoint_from_executor(self):
        return HOST

    def get_runtime_endpoint(self):
        return ""

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code is not None:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        # The next version may run on the same files: they go with everything else.
        pass

    def _log(self):
        logs = connect_to(region_name=self.function_version.id.region).logs
        function = self.function_version.id.function_name
        group = self.config.logging_config.get("LogGroup") or f"/aws/lambda/{function}"
        stream = f"{time.strftime('%Y/%m/%d')}/{function}[$LATEST]{self.id}"
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        try:
            for line in self.process.stdout:
                self.last_lines = [*self.last_lines[-20:], line]
                event = {"timestamp": int(time.time() * 1000), "message": line.rstrip("\n") or " "}
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        finally:
            self.answers.put((True, None))


def runtime_api(executor):
    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            invocation = executor.events.get()
            body = invocation["event"].encode()
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", invocation["id"])
            self.send_header("lambda-runtime-deadline-ms", str(int(invocation["deadline"] * 1000)))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            executor.answers.put((self.path.endswith("/error"), body))
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    return RuntimeApi


def handler_file(code, handler):
    """Of `index.handler`, as the managed runtime looks for it."""
    stem = Path(code) / handler.rpartition(".")[0]
    return next(str(file) for suffix in (".mjs", ".js", ".cjs") if (file := stem.with_suffix(suffix)).exists())


def error(error_type, message):
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
