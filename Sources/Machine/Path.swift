internal import Glibc
package import SystemPackage

extension FilePath {
    /// As it is meant from the current folder; itself where that has gone.
    package var absolute: FilePath {
        guard isRelative, let here = getcwd(nil, 0) else { return self }
        defer { free(here) }
        return FilePath(platformString: here).pushing(self)
    }
}
