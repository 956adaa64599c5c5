# Sourced by `test`: a Slurm of three nodes on this machine, in the folder $work. The machine's own is not touched.

nodes=(n1 n2 n3)
declare -A daemon

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

configure() {
    local node
    mkdir "$work/state"
    cat <<CONF
ClusterName=stylevideo
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPort=$(free_port)
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmdTimeout=6
SlurmdParameters=config_overrides
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
    for node in "${nodes[@]}"; do
        mkdir "$work/spool-$node"
        printf 'NodeName=%s NodeAddr=127.0.0.1 NodeHostname=%s CPUs=1 Port=%s\n' $node "$(hostname)" "$(free_port)"
    done
}

start_controller() {
    slurmctld -D >>"$work/controller.log" 2>&1 &
    controller=$!
}

start_node() {
    slurmd -D -N "$1" >>"$work/$1.log" 2>&1 &
    daemon[$1]=$!
}

wait_for_nodes() {
    local wanted=$1
    for _ in $(seq 60); do
        [ "$(sinfo -h -N -o %t 2>/dev/null | grep -cE '^(idle|alloc|mix|comp)$')" -lt "$wanted" ] || return 0
        sleep 1
    done
    fail "Slurm's nodes did not come up: $(tail -qn 1 "$work"/n?.log "$work/controller.log")"
}

start_slurm() {
    export SLURM_CONF=$work/slurm.conf
    configure >"$SLURM_CONF"
    start_controller
    for node in "${nodes[@]}"; do start_node $node; done
    wait_for_nodes ${#nodes[@]}
}

# The processes of a node's tasks.
tasks_of() {
    grep -lzsx "SLURMD_NODENAME=$1" /proc/[0-9]*/environ | xargs -r grep -lzsx "SLURM_CONF=$SLURM_CONF" |
        cut -d / -f 3 || true
}

# The machine dies: Slurm's processes and the tasks are gone at one moment.
kill_node() {
    local task parent steps=() tasks
    mapfile -t tasks < <(tasks_of "$1")
    for task in "${tasks[@]}"; do
        parent=$(awk '{ print $4 }' "/proc/$task/stat" 2>/dev/null) || continue
        [ "$(cat "/proc/$parent/comm" 2>/dev/null)" = slurmstepd ] && steps+=("$parent")
    done
    kill -9 "${daemon[$1]}" "${steps[@]}" "${tasks[@]}" 2>/dev/null || true
    wait "${daemon[$1]}" 2>/dev/null || true
}

stop_slurm() {
    local node
    scancel -u root 2>/dev/null || true
    sleep 1
    for node in "${nodes[@]}"; do kill_node $node; done
    kill "$controller" 2>/dev/null || true
    wait "$controller" 2>/dev/null || true
}
