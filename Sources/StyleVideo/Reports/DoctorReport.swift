import Media

/// What this system has of what painting needs, as `--json` prints it.
public struct DoctorReport: Sendable, Codable {
    public var schema = 1
    /// Whether painting works here: nothing that it needs is missing.
    public var paints: Bool
    public var findings: [Finding]
    /// Of the program and all libraries that it found, by name.
    public var versions: [String: String]

    /// One thing that was looked at.
    public struct Finding: Sendable, Codable {
        public var subject: Subject
        /// What was found, to be read.
        public var value: String
        /// The same as a number, where it is one: threads, or bytes.
        public var amount: Int?
        public var verdict: Verdict
        /// What it means, or what to do.
        public var advice: String?

        public init(subject: Subject, value: String, amount: Int? = nil, verdict: Verdict, advice: String? = nil) {
            (self.subject, self.value, self.amount) = (subject, value, amount)
            (self.verdict, self.advice) = (verdict, advice)
        }
    }

    /// What is looked at.
    public enum Subject: String, Sendable, Codable, CaseIterable {
        case program, system, cpu, threads, memory, disk, temporary, weights, measuring, libraries, pictures, encoders
        case deinterlacing, painting, settings, terminal
    }

    /// How it is.
    public enum Verdict: String, Sendable, Codable {
        case ok
        /// Painting works, and something should be known.
        case note
        /// Painting does not work before this is mended.
        case problem
    }

    /// - Parameter findings: all of them, in the order in which they are told.
    init(_ findings: [Finding]) {
        self.findings = findings
        paints = findings.allSatisfy { $0.verdict != .problem }
        versions = Versions.all.merging(LibraryVersions.pictures) { first, _ in first }
        versions["libavfilter"] = LibraryVersions.filters
    }
}

extension DoctorReport.Finding {
    init(
        _ subject: DoctorReport.Subject, _ value: String, amount: Int? = nil, note: String? = nil
    ) {
        self.init(
            subject: subject, value: value, amount: amount, verdict: note == nil ? .ok : .note, advice: note)
    }

    /// - Parameter error: why painting does not work.
    init(_ subject: DoctorReport.Subject, _ value: String, problem error: any Error) {
        self.init(subject: subject, value: value, verdict: .problem, advice: "\(error)")
    }
}
