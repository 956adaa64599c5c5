/// Times frames of the whole network, for `scripts/bench/network`.
///
///     NetworkBench [--weights FILE] [--width 1920] [--height 1080] [--style 512] [--threads N] [--frames N]
///                  [--precision float32] [--styles 1] [--strength 100] [--change 100 [--cache both]] [--places N]
///
/// Several styles have equal shares. With `--places` each frame is painted by one style and, by turns with that, by so
/// many, each in an upright stripe of its own; those lines say `places`.
///
/// Without `--change` every frame is painted by itself. With it a square of so many hundredths of the picture moves, or
/// all of 100 changes, and frames are painted with the cache; with `--cache both` each also without.
///
/// Paints one frame to warm up and prints a line of JSON about itself. Then it paints as many as `--frames` says, or
/// one for every line of standard input. Each is answered by a line of JSON with its seconds, in all and by stage.
import Foundation
import Imaging
import Machine
import StyleKernel
import Tensors
import Weights

func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("NetworkBench: \(reason)\n".utf8))
    exit(64)
}

func say(_ values: [String: any Sendable]) throws {
    let data = try JSONSerialization.data(withJSONObject: values, options: [.sortedKeys])
    FileHandle.standardOutput.write(data + Data("\n".utf8))
}

/// Waves and blocks: something to look at everywhere, the same every time.
func picture(_ width: Int, _ height: Int) -> Frame {
    let frame = Frame(width: width, height: height)
    frame.withMutableBytes { bytes in
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let wave = (x * x + y * y * 3 + x * y * 2 + c * 700) / 64
                    let block = ((x / 9 + 2 * (y / 7) + c) % 5) * 23
                    bytes[y * frame.rowStride + 3 * x + c] = UInt8((wave + block) % 256)
                }
            }
        }
    }
    return frame
}

/// The most memory that the process has held, in bytes.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
}

struct Options {
    var weights: String?
    var (width, height, style) = (1920, 1080, 512)
    var threads = ThreadTeam.cores
    var styles = 1
    /// In hundredths.
    var strength = 100
    var frames: Int?
    var change: Int?
    var places = 0
    var isBoth = false
    var precision = Stylizer.Precision.float32

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { fail("\(flag) needs a value") }
            if flag == "--weights" {
                weights = value
                continue
            }
            if flag == "--precision", let named = Stylizer.Precision(rawValue: value) {
                precision = named
                continue
            }
            if flag == "--cache", value == "both" {
                isBoth = true
                continue
            }
            guard let number = Int(value), number > 0 || flag == "--change" && number == 0 else {
                fail("\(flag) needs a number above 0, not '\(value)'")
            }
            switch flag {
            case "--width": width = number
            case "--height": height = number
            case "--style": style = number
            case "--threads": threads = number
            case "--styles": styles = min(number, StyleMix.most)
            case "--strength": strength = min(number, 150)
            case "--frames": frames = number
            case "--places": places = number
            case "--change": change = min(number, 100)
            default: fail("unknown flag \(flag)")
            }
        }
    }
}

/// Frames of which each differs from the one before by a square that moves.
func moving(_ still: Frame, change: Int) -> [Frame] {
    let side = Int((Double(change * still.width * still.height) / 100).squareRoot())
    let (width, height) = change == 100 ? (still.width, still.height) : (side, min(side, still.height))
    return (0..<8).map { n in
        let frame = Frame(width: still.width, height: still.height)
        frame.copyPixels(of: still)
        let (x, y) = ((still.width - width) / 4 + min(8 * n, still.width - width), (still.height - height) / 3)
        frame.withMutableBytes { bytes in
            for row in y..<y + height {
                for byte in 3 * min(x, still.width - width)..<3 * (min(x, still.width - width) + width) {
                    bytes[row * frame.rowStride + byte] &+= UInt8(n * 29 + 20)
                }
            }
        }
        return frame
    }
}

/// Styles side by side, the first as the ground of the others.
func stripes(_ styles: [StyleMix], over frame: Frame) -> [MaskedStyle] {
    styles.indices.dropFirst().map { number in
        let mask = Mask(width: frame.width, height: frame.height)
        for y in 0..<frame.height {
            for x in frame.width * number / styles.count..<frame.width * (number + 1) / styles.count {
                mask[x, y] = Mask.full
            }
        }
        return MaskedStyle(style: styles[number], mask: mask)
    }
}

func run(_ options: Options) throws {
    let weights = try options.weights ?? Resources.path(of: "stylekernel-fast.safetensors")
    let frame = picture(options.width, options.height)
    let painted = Frame(width: frame.width, height: frame.height)
    let team = ThreadTeam(threads: options.threads)
    let frames = options.change.map { moving(frame, change: $0) } ?? [frame]
    let caches: [Cache] = options.change == nil ? [.off] : options.isBoth ? [.off, .exact] : [.exact]
    // Each with buffers of its own.
    let stylizers = try caches.map { ($0, try Stylizer(weights: weights, precision: options.precision, team: team)) }
    let stylizer = stylizers[0].1
    let tokens = (0..<options.styles).map {
        stylizer.remember(style: picture(options.style + 16 * $0, options.style))
    }
    let style = StyleMix(
        tokens, weights: .init(repeating: 1 / Double(tokens.count), count: tokens.count),
        strength: Double(options.strength) / 100)
    let statistics = stylizer.statistics(of: frame)
    let painters = (0..<options.places).map {
        StyleMix(stylizer.remember(style: picture(options.style, options.style + 16 * $0)))
    }
    let masked = try painters.first.map {
        (
            stylizer: try Stylizer(weights: weights, precision: options.precision, team: team), base: $0,
            over: stripes(painters, over: frame)
        )
    }
    for (cache, stylizer) in stylizers {
        stylizer.paint(frame, style: style, statistics: statistics, into: painted, cache: cache)
    }
    try say([
        "preset": stylizer.configuration.preset.rawValue, "precision": options.precision.rawValue,
        "threads": options.threads, "width": frame.width, "height": frame.height,
        "buffer_bytes": stylizers.last!.1.bufferBytes, "peak_bytes": peakMemory(), "weights": weights,
    ])
    let clock = ContinuousClock()
    func seconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        let (whole, atto) = (to - from).components
        return Double(whole) + Double(atto) * 1e-18
    }
    var (number, left) = (0, options.frames ?? .max)
    while left > 0, options.frames != nil || readLine() != nil {
        left -= 1
        number += 1
        for (cache, stylizer) in stylizers {
            let start = clock.now
            var last = start
            var stages: [String: Double] = [:]
            stylizer.paint(
                frames[number % frames.count], style: style, statistics: statistics, into: painted, cache: cache
            ) { stage in
                let now = clock.now
                stages[stage] = seconds(last, now)
                last = now
            }
            try say([
                "seconds": seconds(start, clock.now), "stages": stages, "peak_bytes": peakMemory(),
                "cache": cache.rawValue, "reuse": stylizer.reuse?.network ?? 0,
            ])
        }
        if let masked {
            let start = clock.now
            masked.stylizer.paint(
                frames[number % frames.count], base: masked.base, over: masked.over, statistics: statistics,
                into: painted)
            try say([
                "seconds": seconds(start, clock.now), "places": options.places, "peak_bytes": peakMemory(),
                "buffer_bytes": masked.stylizer.bufferBytes,
            ])
        }
    }
}

do { try run(Options(Array(CommandLine.arguments.dropFirst()))) } catch { fail("\(error)") }
