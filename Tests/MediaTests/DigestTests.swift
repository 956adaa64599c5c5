import Media
import TestSupport
import Testing

@Suite struct DigestTests {
    /// The examples of FIPS 180-2.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func isThatOfTheStandard(text: String, digest: String) throws {
        #expect(Digest.sha256(of: text.utf8) == digest)
        let scratch = try Scratch()
        try scratch.write("file", text.utf8)
        #expect(try Digest.sha256(of: scratch("file")) == digest)
    }

    @Test func aFileThatIsNotThereIsTold() throws {
        let scratch = try Scratch()
        expectFailure(.missing, naming: "nothing") { _ = try Digest.sha256(of: scratch("nothing")) }
    }
}
