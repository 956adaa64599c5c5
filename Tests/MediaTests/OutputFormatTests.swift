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
                // MP4 has no place for the opacity beside VP9's frames.
                if container == .mp4, codec == .vp9, pixelFormat.hasOpacity {
                    #expect(throws: EncoderSettings.Fault.self) {
                        try EncoderSettings(container: container, codec: codec, pixelFormat: pixelFormat)
                    }
                    continue
                }
                let settings = try EncoderSettings(container: container, codec: codec, pixelFormat: pixelFormat)
                let output = scratch("\(codec)-\(pixelFormat).\(format.endings[0])")
                try carry(scratch("in.mp4"), to: output, settings: settings)
                let again = scratch("again-\(codec)-\(pixelFormat).\(format.endings[0])")
                try carry(scratch("in.mp4"), to: again, settings: settings)
                #expect(try scratch.bytes(output.lastComponent!.string) == scratch.bytes(again.lastComponent!.string))
                let video = try VideoReader(output).information.video
                // Of ProRes 4444 decoders make twelve bits, whatever went in.
                let isDeeper = codec == .prores && pixelFormat != .yuv422p10le
                let name = pixelFormat.rawValue
                let format = isDeeper ? name.replacingOccurrences(of: "10", with: "12") : name
                #expect(video.codec == codec.rawValue && video.pixelFormat == format, "\(output)")
            }
        }
    }

    /// A stretch of black and white: what is wrong by a level of range shows.
    @Test(arguments: OutputFormat.table.flatMap { row in row.codecs.map { (row.container, $0) } })
    func coloursSurvive(container: OutputFormat.Container, codec: VideoCodec) async throws {
        let scratch = try Scratch()
        let tags = "-colorspace bt709 -color_primaries bt709 -color_trc bt709"
        for range in ["tv", "pc"] {
            try await scratch.ffmpeg(
                "-f lavfi -i smptebars=s=96x64:r=10:d=0.3 -vf scale=out_color_matrix=bt709:out_range=\(range),"
                    + "format=yuv444p -color_range \(range) \(tags) -c:v libx264 -qp 0 -y in.mp4")
            let output = scratch("\(range).\(OutputFormat[container].endings[0])")
            try carry(scratch("in.mp4"), to: output, settings: EncoderSettings(container: container, codec: codec))
            let colour = try VideoReader(output).information.video.colour
            let kept = [colour.matrixName, colour.primariesName, colour.transferName]
            #expect(kept == ["bt709", "bt709", "bt709"], "\(range)")
            #expect(colour.rangeName == (codec == .prores ? "tv" : range))
            let (old, new) = (try shots(scratch("in.mp4"))[1], try shots(output)[1])
            // In the middle of four bars.
            for x in [20, 34, 61, 89] {
                #expect(zip(old.pixel(x, 20), new.pixel(x, 20)).allSatisfy { abs(Int($0) - Int($1)) <= 8 }, "\(x)")
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
