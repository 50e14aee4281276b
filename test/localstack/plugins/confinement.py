"""LocalStack runs whatever code it is handed: it must be reachable from this machine alone, keep its files where the tests
remove them, and not outlive the tests."""

import functools
import os
import signal
import tempfile
import threading
import time

from localstack.runtime import hooks


@hooks.on_infra_start()
def listen_on_loopback_alone():
    from twisted.internet import endpoints

    # The host of GATEWAY_LISTEN is ignored.
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")


@hooks.on_infra_start()
def keep_objects_in_the_temporary_folder():
    from localstack.services.s3 import provider

    provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "objects")


@hooks.on_infra_start()
def end_with_the_tests():
    started_by = os.getppid()

    def watch():
        while os.getppid() == started_by:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
