// Paints a picture, and the first second of a clip, in the manner of a third.
import StyleVideo

let names = CommandLine.arguments.dropFirst().map { FilePath($0) }
guard names.count == 4 else { fatalError("usage: library PHOTO CLIP STYLE FOLDER") }
let (photo, clip, style, folder) = (names[0], names[1], names[2], names[3])

/// Each job has a run of its own.
func run() -> Run {
    var run = Run()
    run.notice = { print("note: \($0)") }
    return run
}

do {
    let still = try ImageJob(input: photo, style: style, output: folder.appending("photo.png")).run(run())
    print("\(still.output): \(still.width) x \(still.height)")

    var job = VideoJob(input: clip, style: style, output: folder.appending("clip.mp4"))
    job.selection = Selection(end: 1)
    let report = try job.run(run())
    print("\(report.output): \(report.frames) frames, steadiness \(report.temporalLPIPS?.ratio ?? 0)")
} catch let error as any Trouble {
    print("\(error)")  // One sentence, which names no flag of the program's.
    if error.remedy == .overwrite { print("empty the folder first") }
}
