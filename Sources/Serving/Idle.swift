import Glibc

/// What a page that waits need not hold.
enum Idle {
    /// Lets go of the code that starting has run through, the media libraries' above all: 29 of 49 MB. What is needed
    /// again comes from the files by itself. Code is never written to, so nothing is lost; tables beside it are, and
    /// stay.
    static func letGoOfCode() {
        // Whole before any goes. Foundation reads no more than the first page of such a file, which says it is empty.
        guard let file = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(file) }
        var (line, capacity, parts) = (UnsafeMutablePointer<CChar>?.none, 0, [(start: UInt, end: UInt)]())
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            if let part = code(String(cString: line)) { parts.append(part) }
        }
        for part in parts {
            madvise(UnsafeMutableRawPointer(bitPattern: part.start), Int(part.end - part.start), MADV_DONTNEED)
        }
    }

    /// The addresses of a line of a file's code: `7f22d6c04000-7f22d6c06000 r-xp 00000000 fe:00 333133 /usr/lib/a.so`.
    static func code(_ line: String) -> (start: UInt, end: UInt)? {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 6, words[1] == "r-xp", words[5].hasPrefix("/") else { return nil }
        let ends = words[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
        return ends.count == 2 && ends[0] < ends[1] ? (ends[0], ends[1]) : nil
    }
}
