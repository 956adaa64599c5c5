import Imaging

/// Rows of numbers of 16 bits on their way into a frame: colours become sRGB's, transparent places lie over a plain
/// ground.
final class PixelRows {
    enum Alpha {
        case none
        case straight
        /// Colours were multiplied by it.
        case premultiplied
    }

    /// Numbers of a pixel in `line`: the model's channels, and the opacity where there is one.
    private let samples: Int
    private let width: Int
    private let model: ColourModel
    private let alpha: Alpha
    private let ground: Int
    private let profile: ColourProfile?
    /// A row as it was read: each number's full range is 0 to 65535, but a palette's indexes are themselves. Of CMYK 0
    /// is no ink.
    var line: [UInt16]
    private var colours: [UInt16]

    /// - Parameters:
    ///   - icc: the picture's profile; it is said where it does not fit.
    ///   - white: of CIELAB without a profile.
    init(
        width: Int, _ model: ColourModel, alpha: Alpha = .none, icc: [UInt8]?, white: (x: Double, y: Double)? = nil,
        _ picture: PictureBytes
    ) {
        (self.width, self.model, self.alpha, ground) = (width, model, alpha, picture.ground == .white ? 65535 : 0)
        samples = model.channels + (alpha == .none ? 0 : 1)
        line = [UInt16](repeating: 0, count: width * samples)
        colours = [UInt16](repeating: 0, count: width * 3)
        // A palette's colours are looked up first, and lie without gaps.
        let extra = if case .palette = model { 0 } else { samples - model.channels }
        profile =
            picture.profile(icc, [(model, extra)], bytes: 2)
            ?? (model == .lab ? ColourProfile.lab(extra: extra, white: white) : nil)
    }

    /// Writes down what is in `line`.
    func write(row: Int, of frame: Frame) {
        colour()
        frame.withMutableBytes { bytes in
            let start = row * frame.rowStride
            for x in 0..<width {
                let opacity = alpha == .none ? 65535 : Int(line[x * samples + model.channels])
                for place in (x * 3)..<(x * 3 + 3) {
                    let over = Int(colours[place]) * opacity + ground * (65535 - opacity)
                    bytes[start + place] = UInt8((over / 257 + 32767) / 65535)
                }
            }
        }
    }

    private func divideByAlpha() {
        for x in 0..<width {
            let opacity = line[x * samples + model.channels]
            for place in (x * samples)..<(x * samples + model.channels) {
                line[place] = divided(line[place], by: opacity)
            }
        }
    }

    private func divided(_ number: UInt16, by opacity: UInt16) -> UInt16 {
        guard opacity > 0 else { return number }
        return UInt16(min(65535, (Int(number) * 65535 + Int(opacity) / 2) / Int(opacity)))
    }

    /// A palette's colours, not its indexes, were multiplied by the opacity.
    private func lookUp(_ entries: [UInt16]) {
        for x in 0..<width {
            let entry = Int(line[x * samples]) * 3
            let opacity = alpha == .premultiplied ? line[x * samples + 1] : 65535
            for channel in 0..<3 {
                let number = entry + channel < entries.count ? entries[entry + channel] : 0
                colours[x * 3 + channel] = divided(number, by: opacity)
            }
        }
    }

    /// From `line` to `colours`.
    private func colour() {
        if case .palette(let entries) = model {
            lookUp(entries)
            if let profile { colours.withUnsafeMutableBytes { convert(profile, $0.baseAddress!, $0.baseAddress!) } }
            return
        }
        if alpha == .premultiplied { divideByAlpha() }
        if let profile {
            line.withUnsafeBytes { from in
                colours.withUnsafeMutableBytes { convert(profile, from.baseAddress!, $0.baseAddress!) }
            }
        } else {
            for x in 0..<width {
                for channel in 0..<3 { colours[x * 3 + channel] = plain(x * samples, channel) }
            }
        }
    }

    private func convert(_ profile: ColourProfile, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
        profile.convert(from, to: to, pixels: width)
    }

    /// A component of red, green or blue without a profile. Inks of which nothing is known take away what they cover.
    private func plain(_ start: Int, _ channel: Int) -> UInt16 {
        switch model {
        case .grey, .palette: line[start]
        case .rgb, .lab: line[start + channel]
        case .cmyk: UInt16((65535 - Int(line[start + channel])) * (65535 - Int(line[start + 3])) / 65535)
        }
    }
}

extension PictureBytes {
    /// The way from a picture's profile into sRGB; nil where there is nothing to do, or, which is said, nothing to go
    /// by.
    /// - Parameter models: the colours that the picture's numbers may be taken for, with what else a pixel has.
    func profile(_ icc: [UInt8]?, _ models: [(ColourModel, extra: Int)], bytes: Int) -> ColourProfile? {
        guard let icc, !icc.isEmpty, !ColourProfile.isSRGB(icc) else { return nil }
        let profile = models.lazy.compactMap { ColourProfile(icc: icc, $0.0, bytes: bytes, extra: $0.extra) }.first
        if profile == nil {
            notice("its colour profile is damaged or of another kind of colours; it is read without")
        }
        return profile
    }
}
