"""Several server processes behind one port: uvicorn's supervisor, with other manners in two things."""

from __future__ import annotations

import os
import signal
from socket import socket

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from keepsight.errors import ConfigurationError
from keepsight.settings import load_settings
from keepsight.signals import hold_hangups, is_terminal, let_hangups_through

log = structlog.get_logger()


def serve(config: uvicorn.Config, sockets: list[socket]) -> None:
    """Run as many processes as the configuration says at these bound sockets, until a signal ends them."""
    _Processes(config, sockets).run()


class _Processes(Multiprocess):
    """SIGHUP is handed on, and new connections are refused as soon as the processes are told to end."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # handed through
        self._terminal = is_terminal()

    def handle_signals(self) -> None:
        """SIGHUP is let through here only: a process inherits that it waits, until it has settings to read again."""
        let_hangups_through()
        hold_hangups()
        super().handle_signals()

    def handle_hup(self) -> None:
        """Have every process read its settings again, if they are sound; a restart would lose what lies in memory."""
        if self._terminal and not is_terminal():
            self.should_exit.set()
            return
        try:
            load_settings()
        except ConfigurationError as error:
            log.error("settings.refused", faults=error.faults)
            return
        for process in self.processes:
            if process.pid is not None and process.process.is_alive():
                os.kill(process.pid, signal.SIGHUP)

    def init_processes(self) -> None:
        """See `_let_go`."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """See `_let_go`."""
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        """Close what is the processes' own end of their pipes.

        While it is open here, too, one that dies between a question and its answer leaves no end of file: it is waited
        for as if it lived, for `timeout_worker_healthcheck`, and no signal is heard meanwhile.
        """
        for process in self.processes:
            process.child_conn.close()

    def terminate_all(self) -> None:
        """End them; the port is open as long as anyone has it open, so the parent closes it, too."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
