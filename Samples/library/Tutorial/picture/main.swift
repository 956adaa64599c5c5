import StyleVideo

let names = CommandLine.arguments.dropFirst().map { FilePath($0) }
guard names.count == 3 else { fatalError("usage: picture PHOTO STYLE OUT.png") }

let job = ImageJob(input: names[0], style: names[1], output: names[2])
let report = try job.run()
print("\(report.output): \(report.width) x \(report.height)")
