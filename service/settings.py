"""What an operator may set: `GOUJI_*`, or a TOML file that `GOUJI_CONFIG` names.

The environment goes before the file, so that one value can be changed for one start.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline.documents import PageLimits
from service.messages import USUAL_SECONDS

_CONFIG: Final = "GOUJI_CONFIG"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class NoSettings(ValueError):
    """The file that settings are to be read from is not there."""


class Settings(BaseSettings):
    """Everything that the service can be told; it is passed on and never looked up.

    For operators: docs/settings.md.

    Attributes:
        home: Folder for all that the service keeps.
        database_url: PostgreSQL to use; None for a private one under `home`.
        blobs: Where files go: a URL such as `s3://bucket/prefix`; None for a folder under
            `home`. Keys and end points are taken from the usual `AWS_*` variables.
        host: Address that the API listens on.
        port: Its port; 0 for any that is free.
        workers: Worker processes that `gouji serve` starts beside the API.
        threads: Of the models of each worker.
        most_bytes: Of an uploaded file; not more than are read.
        read_seconds: How long a report may take to be read.
        crashes: After so many crashes or time-outs of the reader a report has failed.
        recycle_reports: A reading process is renewed after so many reports.
        recycle_megabytes: Or when it has grown to so much memory.
        heartbeat_seconds: How often a worker says that it is alive.
        stalled_seconds: After so long in silence its job is given to another.
        lease_seconds: How long a reviewer holds a report without being heard of.
        requests_per_minute: What one API key may ask for.
        webhook_secret: Signs what receivers are told; None for one that is made and kept in
            `home`, which workers on other machines do not have.
        webhooks_private: Whether receivers may be at addresses that are not public.
    """

    model_config = SettingsConfigDict(env_prefix="GOUJI_", frozen=True, extra="forbid")

    home: Path = Field(default_factory=lambda: user_data_path("gouji"))
    database_url: SecretStr | None = None
    blobs: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=0)] = 1
    threads: Count = 2
    most_bytes: Annotated[int, Field(ge=1, le=PageLimits().size)] = PageLimits().size
    read_seconds: Seconds = USUAL_SECONDS
    crashes: Count = 2
    recycle_reports: Count = 200
    recycle_megabytes: Count = 2500
    heartbeat_seconds: Seconds = 5
    stalled_seconds: Seconds = 20
    lease_seconds: Seconds = 600
    requests_per_minute: Count = 600
    webhook_secret: SecretStr | None = None
    webhooks_private: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What a caller says, then the environment, then the file."""
        named = os.environ.get(_CONFIG)
        # The library takes a file that is not there for an empty one.
        if named and not Path(named).is_file():
            raise NoSettings(f"{_CONFIG} names {named}, and there is no such file")
        file = TomlConfigSettingsSource(settings_cls, named or None)
        return init_settings, env_settings, file_secret_settings, file


def load_settings(said: Mapping[str, object]) -> Settings:
    """Read the settings of this process.

    Args:
        said: On the command line, by name; goes before everything else.

    Raises:
        NoSettings: The file that `GOUJI_CONFIG` names is not there.
        pydantic.ValidationError: A value makes no sense, or the file names an unknown one.
    """
    return Settings.model_validate(dict(said))
