import CFFmpeg
import Imaging
import TestSupport
import Testing

@testable import Media

/// Rows of RGB by way of planes have the bits of rows that are made at once.
@Suite struct RowsByPlanesTests {
    private static let (width, height) = (70, 38)

    /// A frame of noise in all planes.
    private static func noise(_ format: AVPixelFormat, seed: Int) -> UnsafeMutablePointer<AVFrame> {
        let frame = LibAV.allocated(av_frame_alloc())
        (frame.pointee.width, frame.pointee.height) = (Int32(width), Int32(height))
        frame.pointee.format = format.rawValue
        av_frame_get_buffer(frame, 0)
        var random = Seeded(seed)
        for plane in 0..<4 {
            guard let buffer = av_frame_get_plane_buffer(frame, Int32(plane)) else { continue }
            for place in 0..<buffer.pointee.size {
                buffer.pointee.data[place] = UInt8.random(in: 0...255, using: &random)
            }
        }
        return frame
    }

    @Test(arguments: [
        "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "nv12", "nv21", "yuyv422", "uyvy422",
    ])
    func bitsAreTheSame(name: String) throws {
        let format = av_get_pix_fmt(name)
        let from = Scaler.Side(width: Self.width, height: Self.height, format: format)
        for (round, matrix) in [Int32(1), 5, 9].enumerated() {
            for isFull in [false, true] {
                // Of the same size, and of another, as where a clip changes its own.
                for (width, height) in [(Self.width, Self.height), (45, 61)] {
                    let yuv = YUVLayout(matrix: matrix, isFullRange: isFull, chromaLocation: UInt32(round))
                    var frame: UnsafeMutablePointer<AVFrame>? = Self.noise(format, seed: round)
                    defer { av_frame_free(&frame) }
                    let rows = Frame(width: width, height: height)
                    let once = Frame(width: width, height: height)
                    let planar = try #require(RowsByPlanes(from: from, width: width, height: height, yuv: yuv))
                    planar.convert(frame!, into: rows)
                    let scaler = try #require(
                        Scaler(
                            from: from, to: .init(width: width, height: height, format: AV_PIX_FMT_RGB24), yuv: yuv))
                    once.withMutableBytes { scaler.convert(frame!, to: $0, stride: once.rowStride) }
                    #expect(rows.pixels == once.pixels, "matrix \(matrix), \(isFull), \(width) x \(height)")
                }
            }
        }
    }

    @Test(arguments: ["gray", "rgb24", "gbrp", "pal8", "yuva420p"]) func othersGoTheirOwnWay(name: String) {
        let from = Scaler.Side(width: Self.width, height: Self.height, format: av_get_pix_fmt(name))
        let yuv = YUVLayout(matrix: 1, isFullRange: false, chromaLocation: 0)
        #expect(RowsByPlanes(from: from, width: Self.width, height: Self.height, yuv: yuv) == nil)
    }
}
