import Foundation
import Glibc
package import SystemPackage

/// Programs that the build lays beside the test bundle.
package enum Built {
    package static func program(_ name: String) -> FilePath {
        var places = ["/proc/self/exe"]
        let arguments = CommandLine.arguments
        if let flag = arguments.firstIndex(of: "--test-bundle-path"), flag + 1 < arguments.count {
            places.append(arguments[flag + 1])
        }
        for place in places {
            guard let real = realpath(place, nil) else { continue }
            defer { free(real) }
            let program = FilePath(String(cString: real)).removingLastComponent().appending(name)
            if access(program.string, X_OK) == 0 { return program }
        }
        fatalError("\(name) is not beside the test bundle: build all products first")
    }
}
