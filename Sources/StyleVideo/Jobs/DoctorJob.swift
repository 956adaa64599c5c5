import Glibc
import Machine
import Media
public import SystemPackage
import Tensors

/// Looks at what painting needs on this system, and paints a small picture: what `stylevideo doctor` does.
public struct DoctorJob: Sendable {
    typealias Finding = DoctorReport.Finding

    /// The folder whose disk is looked at: where outputs will be.
    public var folder: FilePath

    public init(folder: FilePath = ".") { self.folder = folder }

    /// Whatever it finds is told by the report.
    public func run(_ run: Run = Run()) -> DoctorReport {
        let network = Result { try Network(Settings(), run) }
        return DoctorReport([
            program, Finding(.system, System.name()), cpu, threads(run), memory(try? network.get()),
            disk(.disk, folder, "this folder"),
            disk(.temporary, Self.temporaryFolder, shown(Self.temporaryFolder.string)), weights(run), measuring(run),
            libraries, pictures, encoders, deinterlacing, TestPainting.finding(network),
        ])
    }

    private static var temporaryFolder: FilePath { FilePath(Self.environment("TMPDIR") ?? "/tmp") }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: - The machine

    private var program: Finding {
        // Where Swift's own library is this program's file, it is linked in.
        let (own, runtime) = (System.origin(of: "main"), System.origin(of: "swift_retain"))
        let linked = runtime == nil || runtime == own
        let swift = linked ? "Swift's library linked in" : "Swift's library from \(shown(runtime?.string ?? ""))"
        return Finding(.program, "stylevideo \(Versions.program), \(swift)")
    }

    private var cpu: Finding {
        let level = Versions.cpuLevel
        let name = System.processor().map { "\($0), kernels \(level)" } ?? "kernels \(level)"
        let lowered = Self.environment(CPULevel.variable) != nil
        let advice =
            level == "avx512bf16" ? "--precision bfloat16 is faster here" : "--precision float32, the usual, is fastest"
        return Finding(
            subject: .cpu, value: name, verdict: lowered ? .note : .ok,
            advice: lowered ? "\(CPULevel.variable) names the kernels; without it they may be faster" : advice)
    }

    private func threads(_ run: Run) -> Finding {
        let (online, allowed, quota) = (System.cores, ThreadTeam.cores, Cores.quota(under: "/"))
        var limits: [String] = []
        if allowed < online { limits.append("taskset, Slurm or a container's set of cores leaves \(allowed)") }
        if let quota, quota < allowed { limits.append("a container's or group's share of time is worth \(quota)") }
        let value = "\(run.threads) of \(online) core\(online == 1 ? "" : "s")"
        do {
            try run.checkThreads(for: .clip(EncoderSettings()), beside: 1)
        } catch {
            return Finding(.threads, value, problem: error)
        }
        return Finding(
            .threads, value, amount: run.threads, note: limits.isEmpty ? nil : limits.joined(separator: "; "))
    }

    /// What a clip of the usual large size would take is said by the network itself.
    private func memory(_ network: Network?) -> Finding {
        guard let available = Memory.available() else {
            return Finding(.memory, "unknown", note: "the system does not say how much is free")
        }
        var value = "\(available.mebibytes) free"
        if let total = Memory.total() { value += " of \(total.mebibytes)" }
        if let limit = Memory.limit() { value += ", a container's or group's limit is \(limit.mebibytes)" }
        if let addresses = Memory.addresses() { value += ", ulimit -v leaves \(addresses.mebibytes)" }
        guard let network else { return Finding(.memory, value, amount: available) }
        let needed = network.memoryNeeded(width: 1920, height: 1080, source: (1920, 1080), .full, cache: .exact)
        let advice = "a clip of 1920 x 1080 takes about \(needed.mebibytes)"
        guard needed > min(available, Memory.addresses() ?? .max) else {
            return Finding(subject: .memory, value: value, amount: available, verdict: .ok, advice: advice)
        }
        return Finding(.memory, value, amount: available, note: advice + "; --max-size paints smaller frames")
    }

    private func disk(_ subject: DoctorReport.Subject, _ folder: FilePath, _ name: String) -> Finding {
        guard let disk = Disk(folder) else {
            return Finding(subject, name, note: "there is no such folder, or its disk does not say what is free")
        }
        let value = "\(disk.available.mebibytes) free in \(name)"
        return Finding(subject, value, amount: disk.available, note: disk.available >= 1 << 30 ? nil : "that is little")
    }

    // MARK: - The program's files

    private func weights(_ run: Run) -> Finding {
        file("stylekernel-fast.safetensors", .weights, run) { digest in
            digest == TestPainting.weights
                ? nil : "these are not the weights that come with version \(Versions.program)"
        }
    }

    private func measuring(_ run: Run) -> Finding {
        file("lpips-alex.safetensors", .measuring, run) { _ in nil }
    }

    private func file(
        _ name: String, _ subject: DoctorReport.Subject, _ run: Run, note: (_ digest: String) -> String?
    ) -> Finding {
        do {
            let path = try run.resource(name)
            let digest = try Digest.sha256(of: FilePath(path))
            return Finding(subject, "\(shown(path)), SHA-256 \(digest.prefix(16))", note: note(digest))
        } catch {
            return Finding(subject, name, problem: error)
        }
    }

    // MARK: - Libraries

    private var libraries: Finding {
        var all = LibraryVersions.all
        let ffmpeg = all.removeValue(forKey: "ffmpeg") ?? ""
        return Finding(.libraries, "FFmpeg \(ffmpeg) (\(listed(all)))")
    }

    private var pictures: Finding { Finding(.pictures, listed(LibraryVersions.pictures)) }

    private func listed(_ versions: [String: String]) -> String {
        versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private var encoders: Finding {
        let found = VideoCodec.allCases.filter(\.isAvailable)
        let missing = VideoCodec.allCases.filter { !$0.isAvailable }
        guard !found.isEmpty else { return Finding(.encoders, "none", problem: NoEncoder()) }
        let names = found.map { "\($0.rawValue) (\($0.encoder.name))" }.joined(separator: ", ")
        let lost = missing.map { "\($0.rawValue) (\($0.encoder.name))" }.joined(separator: ", ")
        let advice = missing.contains(.h264) ? "; --codec names another, as --codec \(found[0].rawValue)" : ""
        return Finding(
            .encoders, names, note: missing.isEmpty ? nil : "FFmpeg's libraries here do not write \(lost)\(advice)")
    }

    private var deinterlacing: Finding {
        guard let version = LibraryVersions.filters else {
            return Finding(
                .deinterlacing, "no libavfilter",
                note: "interlaced clips are not painted (code 69) before it is installed: Debian's package is "
                    + LibraryVersions.packageOfFilters)
        }
        return Finding(.deinterlacing, "bwdif of libavfilter \(version)")
    }

    /// A path that gives away no name of a user.
    private func shown(_ path: String) -> String {
        guard let home = Self.environment("HOME"), home != "/", path.hasPrefix(home + "/") else { return path }
        return "~" + path.dropFirst(home.count)
    }
}

/// No codec of ours can be written.
private struct NoEncoder: Trouble {
    var trouble: TroubleKind { .unavailable }
    var description: String { "FFmpeg's libraries here write none of the program's codecs: install Debian's" }
}
