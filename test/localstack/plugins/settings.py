"""What the tests tell the plugins: one JSON object in an environment variable, written by ../server.ts."""

import json
import os

SETTINGS = json.loads(os.environ["EXECUTOR_TESTS"])
