import StyleVideo

let names = CommandLine.arguments.dropFirst().map { FilePath($0) }
guard names.count == 3 else { fatalError("usage: watch CLIP STYLE OUT.mp4") }

var job = VideoJob(input: names[0], style: names[1], output: names[2])
job.selection = Selection(end: 1)
job.settings.maximumSize = 320

var run = Run(threads: 2)
run.notice = { print("note: \($0)") }
run.progress = { progress in
    guard let total = progress.total else { return }
    print("\(progress.phase): \(progress.done) of \(total)")
}

/// From any thread: job.run then throws this.
struct Stopped: Error {}
let stop = { [cancellation = run.cancellation] in cancellation.cancel(Stopped()) }
_ = stop

let report = try job.run(run)
print("changes \(report.temporalLPIPS?.ratio ?? 1) times as much as its source")
