internal import CFFmpeg
internal import CZimg

/// Versions of FFmpeg's libraries and of zimg that the program runs with, by name, as "59.37.100".
public enum LibraryVersions {
    public static var all: [String: String] {
        var (major, minor, micro): (UInt32, UInt32, UInt32) = (0, 0, 0)
        zimg_get_version_info(&major, &minor, &micro)
        return [
            "zimg": "\(major).\(minor).\(micro)", "libavformat": text(avformat_version()),
            "libavcodec": text(avcodec_version()),
            "libswscale": text(swscale_version()), "libswresample": text(swresample_version()),
            "libavutil": text(avutil_version()), "ffmpeg": LibAV.string(av_version_info()) ?? "unknown",
        ]
    }

    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
    }
}
