#!/usr/bin/env bash
# GNU parallel that gets a SIGHUP starts no more jobs and exits 0.
#
# A terminal that closes sends SIGHUP. The job that runs is finished, three of four are never started, and the exit
# code, which counts failed jobs, is 0. SIGTERM's is not. Only the job log's length tells.
#
# GNU parallel 20221122 (20221122+ds-2, Debian 12).
# Seen 2026-11-27: 4 jobs, one at a time, SIGHUP during the first: exit 0, 1 job done, 1 line in the log.
source "$(dirname "$0")/common.bash"

debian parallel=20221122+ds-2
PERL5LIB=$work/root/usr/share/perl5
export PERL5LIB
program=$(file_of /usr/bin/parallel)
cd "$work"
mkdir home
export HOME=$work/home

cat >job <<'JOB'
#!/bin/sh
: >"began.$1"
while [ ! -e go ]; do sleep 0.1; done
: >"done.$1"
JOB
chmod +x job

# run_until SIGNAL: sends it once the first job has begun, then lets the jobs go on. The exit code.
run_until() {
    local code=0 number
    rm -f began.* done.* go log
    perl "$program" --will-cite -j1 --joblog log ./job ::: 1 2 3 4 2>errors &
    number=$!
    until [ -e began.1 ]; do sleep 0.1; done
    [ "$1" = none ] || kill -"$1" $number
    sleep 1
    : >go
    wait $number || code=$?
    printf 'exit %s, done %s' $code "$(find . -name 'done.*' | wc -l)"
}

expect "left alone" "exit 0, done 4" "$(run_until none)"
expect "SIGHUP" "exit 0, done 1" "$(run_until HUP)"
expect "lines of the job log" 1 "$(sed 1d log | wc -l)"
seen=$(run_until TERM)
printf '  SIGTERM: %s\n' "$seen"
[ "${seen%%,*}" != "exit 0" ] || changed "SIGTERM's exit code was not 0"
