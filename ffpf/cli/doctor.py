"""`ffpf doctor`."""

from __future__ import annotations

from ffpf.cli.options import Messages, subcommand


@subcommand("Say what this machine has and lacks.", "ffpf doctor")
def command(messages: Messages) -> int:
    """Say what this machine has and lacks, with the command that would mend it.

    Exit code 3 if something is missing without which programs cannot run.
    """
    from ffpf.doctor import findings

    code = 0
    for finding in findings():
        mark = "ok     " if finding.good else "MISSING" if finding.needed else "missing"
        print(f"{mark}  {finding.what}: {finding.detail}", flush=True)
        if not finding.good:
            code = 3 if finding.needed else code
            if finding.mend:
                print(f"         mend: {finding.mend}")
    return code
