#!/usr/bin/env bash
# Slurm's afterok is kept for a job that was requeued, and never for an array one of whose tasks was.
#
# RequeueExit=75: what exits 75 is queued again, and ends with COMPLETED, exit 0, one restart. A job that waits for a
# single job by afterok runs behind the second try. One that waits for an array is counted as failed, and stays in the
# queue as DependencyNeverSatisfied for ever, though every task of the array is COMPLETED. afterany runs at
# the right moment in both. So what waits for an array that may be requeued takes afterany and looks at the work itself.
#
# Slurm 22.05.8 (slurmctld, slurmd, slurm-client, slurm-wlm-basic-plugins 22.05.8-4+deb12u3, Debian 12), on one machine.
# Seen 2026-11-27.
source "$(dirname "$0")/common.bash"

debian slurmctld=22.05.8-4+deb12u3 slurmd=22.05.8-4+deb12u3 slurm-client=22.05.8-4+deb12u3 \
    slurm-wlm-basic-plugins=22.05.8-4+deb12u3
[ "$(id -u)" -eq 0 ] || cannot "slurmd runs as root"
controller=$(file_of /usr/sbin/slurmctld-wlm)
daemon=$(file_of /usr/sbin/slurmd-wlm)
step=$(file_of /usr/sbin/slurmstepd-wlm)
plugins=$(file_of /usr/lib/x86_64-linux-gnu/slurm-wlm)
cd "$work"
mkdir state spool

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
export SLURM_CONF=$work/slurm.conf
cat >slurm.conf <<CONF
ClusterName=finding
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
PluginDir=$plugins
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ReturnToService=2
RequeueExit=75
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=node NodeAddr=127.0.0.1 NodeHostname=$(hostname) CPUs=1
PartitionName=all Nodes=node Default=YES State=UP
CONF

"$controller" -D -f slurm.conf >controller.log 2>&1 &
controller_number=$!
"$daemon" -D -N node -d "$step" -f slurm.conf >daemon.log 2>&1 &
daemon_number=$!
trap 'kill $daemon_number $controller_number; wait; rm -rf "$work"' EXIT
for _ in $(seq 60); do
    sinfo -h -o %t >nodes 2>&1 || true
    grep -q idle nodes && break
    sleep 1
done
grep -q idle nodes || cannot "Slurm's node did not come up: $(tail -n 1 daemon.log)"

cat >task <<'TASK'
#!/bin/sh
[ "${SLURM_ARRAY_TASK_ID:-2}" != 2 ] || [ -n "$SLURM_RESTART_COUNT" ] || exit 75
TASK
submit() {
    sbatch --parsable -D "$work" -o "$work/job.out" "$@"
}
# of JOB FIELD: what the controller says of it.
of() {
    scontrol show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p" | tail -n 1
}

# settled JOB: it has run, or the controller has said that it never will.
settled() {
    [ "$(of "$1" JobState)" = COMPLETED ] || [ "$(of "$1" Reason)" = DependencyNeverSatisfied ]
}

# try NAME AFTEROK REQUEUED ARRAY...: work, two jobs that wait for it, and what must become of the one that says
# afterok.
try() {
    local name=$1 wanted=$2 suffix=$3 first ok any
    shift 3
    first=$(submit --requeue "$@" task)
    ok=$(submit --dependency=afterok:"$first" --wrap true)
    any=$(submit --dependency=afterany:"$first" --wrap true)
    for _ in $(seq 120); do
        ! settled "$any" || ! settled "$ok" || break
        # A requeued task waits for two minutes unless it is told to go.
        [ "$(of "$first$suffix" Restarts)" != 1 ] || [ "$(of "$first$suffix" JobState)" != PENDING ] ||
            scontrol update jobid="$first$suffix" StartTime=now >update.log 2>&1 || true
        sleep 1
    done
    expect "$name" "COMPLETED 0:0, restarts 1" \
        "$(of "$first$suffix" JobState) $(of "$first$suffix" ExitCode), restarts $(of "$first$suffix" Restarts)"
    expect "afterany" COMPLETED "$(of "$any" JobState)"
    expect "afterok" "$wanted" "$(of "$ok" JobState) $(of "$ok" Reason)"
}

try "a job that exits 75, then 0" "COMPLETED None" ""
try "task 2 of an array, the same" "PENDING DependencyNeverSatisfied" _2 --array=1-2
