import StyleVideo

let names = CommandLine.arguments.dropFirst().map { FilePath($0) }
guard names.count >= 3 else { fatalError("usage: several STYLE FOLDER CLIP...") }

let jobs = names.dropFirst(2).map { clip in
    let name = VideoJob.defaultOutput(for: clip).lastComponent!
    var job = VideoJob(input: clip, style: names[0], output: names[1].appending(name))
    job.selection = Selection(end: 1)
    job.settings.maximumSize = 320
    return job
}

for (job, outcome) in zip(jobs, try QueueJob(jobs).run()) {
    switch outcome {
    case .painted(let report): print("\(job.output): \(report.frames) frames")
    case .wasThere, .skipped: print("\(job.output) is there")
    case .incomplete(_, let error): print("\(job.output) is there, and what goes with it is not: \(error)")
    case .failed(let error): print("\(job.input): \(error)")
    case .notReached: print("\(job.input) was not reached")
    }
}
