import Glibc
public import Machine

/// A file that belongs to the program is in none of the places where it could be.
public struct ResourceError: Trouble {
    /// The file's name.
    public let name: String
    /// The paths that were tried, in their order.
    public let places: [String]

    public var trouble: TroubleKind { .missingInput }

    public var description: String {
        "\(name), which belongs to the program, was not found; looked for \(places.joined(separator: ", ")); "
            + "install the program again with its share/stylevideo folder, or set \(Resources.variable) to the folder "
            + "that holds it"
    }
}

/// Finds the weights that the program ships with.
///
/// `Bundle.module` is of no use here: it knows the build folder alone and traps when the program is anywhere else.
public enum Resources {
    /// The environment variable that names a folder to look in first.
    public static let variable = "STYLEVIDEO_RESOURCES"

    /// The path of one of the program's files, e.g. `stylekernel-fast.safetensors`.
    ///
    /// Looks in `folder`, else in the one that `STYLEVIDEO_RESOURCES` names, then, from the executable (links
    /// followed), in `../share/stylevideo` (installed), beside it, and in the folder that the build lays beside it.
    /// - Throws: `ResourceError` with every path that was tried.
    public static func path(of name: String, in folder: String? = nil) throws -> String {
        try path(of: name, named: folder ?? getenv(variable).map { String(cString: $0) })
    }

    /// - Parameter folder: what the caller or the environment names.
    static func path(of name: String, named folder: String?) throws -> String {
        let places = folders(named: folder).map { "\($0)/\(name)" }
        guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
            throw ResourceError(name: name, places: places)
        }
        return path
    }

    /// Where to look, each folder once.
    private static func folders(named folder: String?) -> [String] {
        var folders = [folder].compactMap { $0 }.filter { !$0.isEmpty }
        for program in [executable(), testBundle()].compactMap({ $0 }) {
            guard let slash = program.lastIndex(of: "/") else { continue }
            let folder = String(program[..<slash])
            for place in ["/../share/stylevideo", "", "/stylevideo_Weights.resources/Resources"] {
                if !folders.contains(folder + place) { folders.append(folder + place) }
            }
        }
        return folders
    }

    private static func executable() -> String? { resolved("/proc/self/exe") }

    /// The tests, where a runner that lies elsewhere has loaded them.
    private static func testBundle() -> String? {
        let arguments = CommandLine.arguments
        guard let flag = arguments.firstIndex(of: "--test-bundle-path"), flag + 1 < arguments.count else { return nil }
        return resolved(arguments[flag + 1])
    }

    /// An absolute path without links, or nil if there is no such file.
    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
