import Foundation
import Imaging
import Media
import TestSupport
import Testing

/// The table of outputs: each row is one that this system's libav writes.
@Suite struct OutputFormatTests {
    @Test(arguments: OutputFormat.Container.allCases)
    func aRowIsWritten(container: OutputFormat.Container) async throws {
        let format = OutputFormat[container]
        #expect(format.container == container && !format.endings.isEmpty)
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=0.5 \(Clips.fast) in.mp4")
        for codec in format.codecs {
            for pixelFormat in codec.encoder.pixelFormats {
                let settings = try EncoderSettings(container: container, codec: codec, pixelFormat: pixelFormat)
                let output = scratch("\(codec)-\(pixelFormat).\(format.endings[0])")
                try carry(scratch("in.mp4"), to: output, settings: settings)
                let video = try VideoReader(output).information.video
                #expect(video.codec == codec.rawValue && video.pixelFormat == pixelFormat.rawValue, "\(output)")
            }
        }
    }

    @Test func settingsComeBackFromTheirCode() throws {
        let settings = EncoderSettings(crf: 23.5, preset: "slow", pixelFormat: .yuv444p)
        let code = try JSONEncoder().encode(settings)
        #expect(try JSONDecoder().decode(EncoderSettings.self, from: code) == settings)
        let text = String(decoding: code, as: UTF8.self)
        let wrongs = [("23.5", "52"), ("slow", "idle"), ("yuv444p", "yuv999p"), ("mp4", "tar"), ("h264", "h0")]
        for (word, other) in wrongs {
            #expect(text.contains(word))
            let wrong = Data(text.replacing(word, with: other).utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(EncoderSettings.self, from: wrong) }
        }
    }
}
