import StyleVideo

let names = CommandLine.arguments.dropFirst().map { FilePath($0) }
guard names.count == 3 else { fatalError("usage: clip CLIP STYLE OUT.mp4") }

var job = VideoJob(input: names[0], style: names[1], output: names[2])
job.selection = Selection(end: 1)
job.hand.strength = 0.8
job.settings.maximumSize = 320

do {
    let report = try job.run()
    print("\(report.output): \(report.frames) frames")
} catch let error as any Trouble {
    print("\(error)")
    if error.remedy == .overwrite { print("name another output, or set job.overwrite") }
}
