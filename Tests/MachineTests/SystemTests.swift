import Machine
import TestSupport
import Testing

/// What the system says of itself.
@Suite struct SystemTests {
    @Test func theDistributionIsNamedFirst() throws {
        let files = ["etc/os-release": "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"]
        let name = try Scratch.holding(files) { System.name(under: $0) }
        #expect(name.hasPrefix("Debian GNU/Linux 12 (bookworm), Linux "))
        #expect(name.contains(/, glibc [0-9]+\.[0-9]+$/))
        #expect(try Scratch.holding([:]) { System.name(under: $0) }.hasPrefix("Linux "))
    }

    @Test func theProcessorIsTheFirstOne() throws {
        func processor(_ text: String) throws -> String? {
            try Scratch.holding(["proc/cpuinfo": text]) { System.processor(under: $0) }
        }
        #expect(try processor("processor\t: 0\nmodel name\t: An  8-Core: CPU \nmodel name\t: B\n") == "An 8-Core: CPU")
        #expect(try processor("processor\t: 0\nCPU part\t: 0xd0c\n") == nil)
        #expect(try Scratch.holding([:]) { System.processor(under: $0) } == nil)
    }

    @Test func aFunctionComesFromItsLibrary() {
        #expect(System.origin(of: "getpid")?.lastComponent?.string.hasPrefix("libc") == true)
        #expect(System.origin(of: "no_function_of_this_name") == nil)
    }
}
