// swift-tools-version: 6.2
import PackageDescription

// Swift never contracts a * b + c and calls a library function for each lane of a fused multiply-add on a
// baseline x86-64 build, so everything is built for x86-64-v3. It must be everything: the same Swift code built
// for two CPU levels meets in one binary as weak symbols, and the linker keeps either. CKernels, which is C and
// does not get the flag, tells an older CPU's owner so before any of it runs.
#if arch(x86_64)
    let cpuLevel: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
#else
    let cpuLevel: [SwiftSetting] = []
#endif

let house: [SwiftSetting] = cpuLevel + [.enableUpcomingFeature("InternalImportsByDefault")]

/// `precondition` is deleted under -Ounchecked, so only numeric loops get it; shapes are checked one layer up.
let kernels: [SwiftSetting] = house + [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "stylevideo",
    products: [
        .executable(name: "stylevideo", targets: ["Program"]),
        .library(name: "StyleVideo", targets: ["StyleVideo"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Layer 0: the system's libraries.
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libswscale libswresample libavutil",
            providers: [
                .apt([
                    "libavcodec-dev", "libavfilter-dev", "libavformat-dev", "libavutil-dev", "libswscale-dev",
                    "libswresample-dev",
                ])
            ]),
        .systemLibrary(name: "CZimg", pkgConfig: "zimg", providers: [.apt(["libzimg-dev"])]),
        .systemLibrary(
            name: "CPictures", pkgConfig: "libheif libtiff-4 lcms2 libjpeg libwebpdemux",
            providers: [.apt(["libheif-dev", "libtiff-dev", "liblcms2-dev", "libwebp-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CKernels"),
        // Layer 1: every numeric loop; the machine; what passes between media and the rest.
        .target(name: "Kernels", dependencies: ["CKernels"], swiftSettings: kernels),
        .target(name: "Machine", dependencies: ["CKernels", system], swiftSettings: house),
        .target(name: "Imaging", dependencies: ["Kernels"], swiftSettings: house),
        // Layer 2
        .target(name: "Tensors", dependencies: ["Kernels", "Machine", "Imaging"], swiftSettings: house),
        // Layer 3
        .target(name: "StyleKernel", dependencies: ["Tensors", "Kernels", "Imaging", "Machine"], swiftSettings: house),
        .target(name: "Perception", dependencies: ["Tensors", "Imaging", "Machine"], swiftSettings: house),
        .target(name: "Scenes", dependencies: ["Imaging"], swiftSettings: house),
        .target(name: "Pages", dependencies: ["Machine"], swiftSettings: house),
        .target(name: "Stillness", dependencies: ["Kernels", "Imaging", "Machine"], swiftSettings: house),
        .target(name: "Motion", dependencies: ["Imaging", "Machine", "Kernels"], swiftSettings: house),
        .target(name: "Palette", dependencies: ["Imaging", "Machine", "Kernels"], swiftSettings: house),
        .target(
            name: "Media",
            dependencies: ["CFFmpeg", "CPictures", "CZimg", "Imaging", "Kernels", "Machine", logging, system],
            swiftSettings: house),
        // Layer 4
        .target(name: "Pipeline", dependencies: ["Imaging", "Machine"], swiftSettings: house),
        // Resources only.
        .target(name: "Weights", dependencies: ["Machine"], resources: [.copy("Resources")], swiftSettings: house),
        // Layer 5 and 6
        .target(
            name: "StyleVideo",
            dependencies: [
                "Imaging", "Machine", "Media", "Motion", "Pages", "Palette", "Perception", "Pipeline", "Scenes",
                "Stillness", "StyleKernel", "Tensors", "Weights", system,
            ], swiftSettings: house),
        .target(name: "Serving", dependencies: ["Machine", system], swiftSettings: house),
        .executableTarget(
            name: "Program",
            dependencies: [
                "StyleVideo", "CKernels", "Machine", "Media", "Pipeline", "Serving", "StyleKernel", "Tensors",
                argumentParser,
                logging,
                system,
            ],
            swiftSettings: house),
        .executableTarget(
            name: "NetworkBench", dependencies: ["StyleKernel", "Machine", "Imaging", "Weights"], swiftSettings: house),
        .executableTarget(
            name: "KernelBench", dependencies: ["Kernels", "Machine", "Tensors", "CKernels", "COpenBLAS"],
            swiftSettings: house),
        // Tests, one target for each target, and what they share.
        .target(name: "ThreadSanitizing", path: "Tests/ThreadSanitizing"),
        .target(
            name: "TestSupport", dependencies: ["Imaging", "Tensors", "ThreadSanitizing", subprocess, system],
            path: "Tests/TestSupport", swiftSettings: house),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .executableTarget(
            name: "AllocationProbe",
            dependencies: ["CAllocations", "Imaging", "Machine", "Motion", "Perception", "Stillness", "StyleKernel"],
            path: "Tests/AllocationProbe", swiftSettings: house),
        .testTarget(name: "KernelsTests", dependencies: ["TestSupport", "Kernels"], swiftSettings: house),
        .testTarget(name: "MachineTests", dependencies: ["TestSupport", "Machine", system], swiftSettings: house),
        .testTarget(
            name: "TensorsTests", dependencies: ["TestSupport", "Tensors", "Imaging", "Kernels", "Machine"],
            swiftSettings: house),
        .testTarget(
            name: "StyleKernelTests",
            dependencies: [
                "TestSupport", "AllocationProbe", "StyleKernel", "Tensors", "Machine", "Imaging", "Weights", subprocess,
                system,
            ],
            resources: [.copy("Goldens")], swiftSettings: house),
        .testTarget(
            name: "PerceptionTests",
            dependencies: ["TestSupport", "Perception", "Tensors", "Machine", "Imaging", "Media", "Weights"],
            resources: [.copy("Pictures")], swiftSettings: house),
        .testTarget(
            name: "MediaTests",
            dependencies: ["TestSupport", "Media", "CFFmpeg", "CPictures", "Machine", "Imaging", subprocess, system],
            swiftSettings: house),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging"], swiftSettings: house),
        .testTarget(
            name: "MotionTests", dependencies: ["TestSupport", "Motion", "Imaging", "Kernels", "Machine"],
            swiftSettings: house),
        .testTarget(
            name: "PaletteTests", dependencies: ["TestSupport", "Palette", "Imaging", "Machine"], swiftSettings: house),
        .testTarget(
            name: "PagesTests", dependencies: ["TestSupport", "Pages", subprocess, system], swiftSettings: house),
        .testTarget(name: "ScenesTests", dependencies: ["TestSupport", "Scenes"], swiftSettings: house),
        .testTarget(
            name: "StillnessTests", dependencies: ["TestSupport", "Stillness", "Imaging", "Machine"],
            swiftSettings: house),
        .testTarget(
            name: "PipelineTests", dependencies: ["TestSupport", "Pipeline", "Imaging", "Machine"], swiftSettings: house
        ),
        .testTarget(
            name: "StyleVideoTests",
            dependencies: [
                "TestSupport", "StyleVideo", "Imaging", "Machine", "Media", "Pipeline", "Scenes", "Stillness",
                "StyleKernel", "Tensors", subprocess, system,
            ],
            swiftSettings: house),
        .testTarget(name: "ServingTests", dependencies: ["TestSupport", "Serving", system], swiftSettings: house),
        .testTarget(
            name: "ProgramTests",
            dependencies: ["TestSupport", "Program", "StyleVideo", "Machine", subprocess, system],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)

// Only scripts/fuzz builds it. Its libraries are built to tell libFuzzer which ways an input takes through them. The
// toolchain's usual linker (gold) breaks off over it.
if Context.environment["STYLEVIDEO_FUZZ"] != nil {
    let fuzzing = ["-sanitize=fuzzer,address"]
    for target in package.targets where target.type == .regular {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(fuzzing)]
    }
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["StyleVideo", "Imaging", "Machine", "Media", "StyleKernel", "Tensors", system],
            path: "Tests/Fuzz", swiftSettings: house + [.unsafeFlags(fuzzing)],
            linkerSettings: [.unsafeFlags(fuzzing + ["-use-ld=lld"])]))
}

// Where some test targets are named, no more is built than those need: with the sanitizers of scripts/check the rest
// would be half of the time.
if let named = Context.environment["STYLEVIDEO_TESTS"] {
    var (needed, seen) = (Set(named.split(separator: " ").map(String.init)), 0)
    while seen < needed.count {
        seen = needed.count
        for target in package.targets where needed.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
}
