import Imaging
import Media
import StyleVideo
import SystemPackage
import TestSupport
import Testing

@Suite struct PrecisionTests {
    private static func sample(_ name: String) -> FilePath {
        FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Samples").appending(name)
    }

    /// A picture painted in bfloat16 is another, in which nobody sees it: what the flag promises. The picture turned by
    /// a line is not.
    @Test(arguments: ["renoir-moulin-de-la-galette.jpg", "hiroshige-shrine-in-snow.jpg"])
    func bfloat16PaintsThePictureOfFloat32(style: String) throws {
        let place = try Scratch()
        func paint(_ change: (inout Settings) -> Void) throws -> Frame {
            var settings = Settings()
            settings.maximumSize = 400
            change(&settings)
            let output = place("out.png")
            var job = ImageJob(
                input: Self.sample("van-gogh-auvers.jpg"), style: Self.sample(style), output: output, settings: settings
            )
            job.overwrite = true
            let report = try job.run(Run(threads: 2))
            #expect(report.settings.precision == settings.precision.rawValue)
            return try PictureFile.read(output)
        }
        let plain = try paint { _ in }.pixels
        let rounded = try paint { $0.precision = .bfloat16 }
        let distance = psnr(rounded.pixels, plain)
        #expect(distance > 45 && distance < 70)
        let line = 3 * rounded.width
        #expect(psnr(Array(rounded.pixels.dropFirst(line) + rounded.pixels.prefix(line)), plain) < 35)
    }
}
