"""DynamoDB Local from a folder of jars and the machine's own Java: LocalStack would download both from elsewhere."""

import tempfile

from localstack.runtime import hooks

from settings import SETTINGS


@hooks.on_infra_start()
def use_local_jars():
    from localstack.services.dynamodb.packages import DynamoDBLocalPackageInstaller
    from localstack.services.dynamodb.server import DynamodbServer

    jars = SETTINGS["dynamodbJars"]
    DynamoDBLocalPackageInstaller.install = lambda self, *args: None
    DynamoDBLocalPackageInstaller.get_java_env_vars = lambda self: {}
    DynamodbServer._create_shell_command = lambda self: [
        "java",
        "-XX:-UsePerfData",
        f"-Djava.io.tmpdir={tempfile.gettempdir()}",
        f"-Djava.library.path={jars}",
        "-cp",
        f"{jars}/*",
        "software.amazon.dynamodb.services.local.main.ServerRunner",
        "-inMemory",
        "-port",
        str(self.port),
    ]
