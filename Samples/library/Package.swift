// swift-tools-version: 6.2
import PackageDescription

// A program of its own that paints through the library: `swift run library PHOTO CLIP STYLE FOLDER`. The others are the
// steps of the library's tutorial.

// The library is built for x86-64-v3. What shares a binary with it must be too: Swift's generic code, built for two
// levels, meets there under one name, and the linker keeps either.
#if arch(x86_64)
    let cpuLevel: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
#else
    let cpuLevel: [SwiftSetting] = []
#endif

let library: Target.Dependency = .product(name: "StyleVideo", package: "stylevideo")

let package = Package(
    name: "library",
    dependencies: [.package(name: "stylevideo", path: "../..")],
    targets: [
        .executableTarget(name: "library", dependencies: [library], path: "Sources", swiftSettings: cpuLevel)
    ]
        + ["picture", "clip", "watch", "several"].map {
            .executableTarget(name: $0, dependencies: [library], path: "Tutorial/\($0)", swiftSettings: cpuLevel)
        }
)
