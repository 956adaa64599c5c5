/// Counts what the heap is asked for while frames are painted and measured, for the tests of StyleKernel. It is a
/// program of its own, for in a test's process other tests allocate too.
///
///     AllocationProbe paint|bfloat16|cached|mixed|weak|masked|brush|small|features|distance|steady|hold|clumsy \
///         WEIGHTS WIDTH HEIGHT THREADS BITS
///
/// Prints a line of JSON: allocations of three frames after the first, `clumsy` with one of its own in each, `cached`
/// with another small change in each, `bfloat16` by products in it, `masked` by three styles that take other places in
/// each, `brush` with strokes of twice the size, `small` with strokes of half; bytes that were held at most, and those
/// that were
/// foreseen.
import CAllocations
import Foundation
import Imaging
import Machine
import Motion
import Perception
import StyleKernel
import Stillness

struct Figures: Codable {
    var allocations: Int
    var held: Int
    var foreseen: Int
    var remembering: Int?
    var rememberingForeseen: Int?
    var weights: Int
    var weightsForeseen: Int
}

func frame(_ width: Int, _ height: Int, _ seed: Int) -> Frame {
    let frame = Frame(width: width, height: height, format: format)
    frame.withMutableBytes { bytes in
        for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: (i * (seed + 3)) >> 2 ^ i >> 7) }
    }
    return frame
}

/// What `body` adds to the heap at most.
func peak<R>(_ body: () throws -> R) rethrows -> (R, Int) {
    allocation_forget_peak()
    let before = allocation_bytes()
    let result = try body()
    return (result, allocation_peak() - before)
}

/// What stays of `body`.
func growth<R>(_ body: () throws -> R) rethrows -> (R, Int) {
    let before = allocation_bytes()
    let result = try body()
    return (result, allocation_bytes() - before)
}

func count(_ body: () throws -> Void) rethrows -> Int {
    let before = allocation_count()
    for _ in 0..<3 { try body() }
    return allocation_count() - before
}

func probePainting(
    _ path: String, _ size: (Int, Int), _ team: () -> ThreadTeam, _ what: String
) throws -> Figures {
    let cache = what == "cached" ? Cache.exact : .off
    let precision = Stylizer.Precision(rawValue: what) ?? .float32
    let (source, painted) = (frame(size.0, size.1, 1), Frame(width: size.0, height: size.1, format: format))
    let style = frame(160, 112, 2)
    // Each with a team of its own, whose threads take their scratch anew.
    let (stylizer, weights) = try growth {
        try Stylizer(weights: path, precision: precision, team: team())
    }
    let (tokens, remembering) = peak { stylizer.remember(style: style) }
    let other = stylizer.remember(style: frame(112, 160, 4))
    let strength = what == "weak" ? 0.5 : 1
    let mix =
        what == "mixed" ? StyleMix([tokens, other], weights: [0.3, 0.7]) : StyleMix(tokens, strength: strength)
    let statistics = stylizer.statistics(of: frame(64, 48, 3))
    let painter = try Stylizer(weights: path, precision: precision, team: team())
    let masks = [Mask(width: size.0, height: size.1), Mask(width: size.0, height: size.1)]
    let over = [MaskedStyle(style: StyleMix(other), mask: masks[0]), MaskedStyle(style: mix, mask: masks[1])]
    var turn = 0
    func paintByMasks() {
        turn += 1
        for y in 0..<size.1 {
            for x in 0..<size.0 {
                masks[0][x, y] = x < size.0 / 3 + 8 * turn ? Mask.full : 0
                masks[1][x, y] = (x + y) % (100 + turn) < 20 ? 30_000 : 0
            }
        }
        painter.paint(source, base: mix, over: over, statistics: statistics, into: painted)
    }
    func paint() {
        if what == "masked" { return paintByMasks() }
        source.withMutableBytes { if cache == .exact { $0[$0.count / 3] &+= 1 } }
        painter.paint(source, style: mix, statistics: statistics, into: painted, cache: cache)
    }
    let ((), held) = peak(paint)
    let allocations = count {
        paint()
        if what == "clumsy" { UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8).deallocate() }
    }
    let foreseen =
        what == "masked"
        ? painter.bytes(width: size.0, height: size.1, format: format, masks: masks.count, tokens: tokens.count)
        : painter.bytes(
            width: size.0, height: size.1, format: format, styles: what == "mixed" ? 2 : 1, strength: strength,
            tokens: tokens.count, cache: cache)
    return Figures(
        allocations: allocations, held: held, foreseen: foreseen,
        remembering: remembering,
        rememberingForeseen: painter.bytes(styleWidth: style.width, styleHeight: style.height), weights: weights,
        weightsForeseen: painter.weightBytes)
}

func probeBrush(_ path: String, _ frameSize: (Int, Int), _ team: () -> ThreadTeam, size: Double) throws -> Figures {
    let (source, painted) = (frame(frameSize.0, frameSize.1, 1), frame(frameSize.0, frameSize.1, 2))
    let tokens = try Stylizer(weights: path, team: team()).remember(style: frame(160, 112, 2))
    let (stylizer, weights) = try growth { try Stylizer(weights: path, team: team()) }
    // Another's threads, which take no scratch of those that are counted.
    let other = try Stylizer(weights: path, team: team())
    let statistics = Brush(other, size: size, width: frameSize.0, height: frameSize.1, format: format)
        .statistics(of: source)
    let mix = StyleMix(tokens)
    let (brush, held) = peak {
        let brush = Brush(stylizer, size: size, width: frameSize.0, height: frameSize.1, format: format)
        brush.paint(source, style: mix, statistics: statistics, into: painted)
        return brush
    }
    return Figures(
        allocations: count { brush.paint(source, style: mix, statistics: statistics, into: painted) }, held: held,
        foreseen: Brush.bytes(
            stylizer, size: size, width: frameSize.0, height: frameSize.1, format: format, tokens: tokens.count),
        weights: weights, weightsForeseen: stylizer.weightBytes)
}

func probeMeasuring(_ path: String, _ size: (Int, Int), _ team: () -> ThreadTeam, isDistance: Bool) throws -> Figures {
    let (lpips, weights) = try growth { try LPIPS(weights: path, shorterSide: 64, team: team()) }
    let frames = [frame(size.0, size.1, 1), frame(size.0, size.1, 2)]
    let (features, held) = try peak { try frames.map { try lpips.features(of: $0) } }
    let allocations = try count {
        if isDistance {
            _ = lpips.distance(features[0], features[1])
        } else {
            _ = try lpips.features(of: frames[1], reusing: features[0])
        }
    }
    return Figures(
        allocations: allocations, held: held, foreseen: lpips.bytes(width: size.0, height: size.1, format: format),
        weights: weights,
        weightsForeseen: lpips.weightBytes)
}

func probeSteadying(_ size: (Int, Int), _ team: () -> ThreadTeam) -> Figures {
    let frames = (0..<8).map { frame(size.0, size.1, $0) }
    let steadied = Frame(width: size.0, height: size.1, format: format)
    func blend(_ blend: NeighbourBlend, _ number: Int) {
        blend.blend(
            number, of: number - 2...number + 2, source: { frames[$0] }, painted: { frames[7 - $0] }, into: steadied)
    }
    let (own, held) = peak { NeighbourBlend(width: size.0, height: size.1, format: format, team: team()) }
    blend(own, 2)
    var number = 2
    let allocations = count {
        number += 1
        blend(own, number)
    }
    return Figures(
        allocations: allocations, held: held,
        foreseen: NeighbourBlend.bytes(width: size.0, height: size.1, format: format), weights: 0, weightsForeseen: 0)
}

/// What a camera on a tripod sees, with a bar that moves.
func probeHolding(_ size: (Int, Int), _ team: () -> ThreadTeam) -> Figures {
    let frames = (0..<5).map { frame(size.0, size.1, $0 % 2) }
    let given = Frame(width: size.0, height: size.1, format: format)
    let (still, held) = peak { StillPicture(width: size.0, height: size.1, team: team()) }
    still.begin(.none, ofScene: true)
    still.look(at: frames[0])
    var number = 0
    func next() {
        number += 1
        still.look(at: frames[number])
        still.give(frames[number - 1], into: given)
    }
    next()
    return Figures(
        allocations: count(next), held: held, foreseen: StillPicture.bytes(width: size.0, height: size.1), weights: 0,
        weightsForeseen: 0)
}

let arguments = CommandLine.arguments
let (what, path, size) = (arguments[1], arguments[2], (Int(arguments[3])!, Int(arguments[4])!))
let format = arguments[6] == "16" ? PixelFormat.rgb48 : .rgb24
func team() -> ThreadTeam { ThreadTeam(threads: Int(arguments[5])!) }
let figures =
    ["paint", "bfloat16", "cached", "mixed", "weak", "masked", "clumsy"].contains(what)
    ? try probePainting(path, size, team, what)
    : what == "steady"
        ? probeSteadying(size, team)
        : what == "hold"
            ? probeHolding(size, team)
            : ["brush", "small"].contains(what)
                ? try probeBrush(path, size, team, size: what == "small" ? 0.5 : 2)
                : try probeMeasuring(path, size, team, isDistance: what == "distance")
print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
