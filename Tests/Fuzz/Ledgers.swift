import Foundation
import SystemPackage

@testable import StyleVideo

/// A score by itself.
func readScore(_ bytes: Data) throws {
    let score = try JSONDecoder().decode(Score.self, from: bytes)
    use(score)
    let again = try JSONDecoder().decode(Score.self, from: JSONEncoder().encode(score))
    precondition(again == score, "written and read, it is another")
}

private func use(_ score: Score) {
    guard score.isWhole else { return }
    let chunks = score.chunks
    precondition(chunks.first?.lowerBound == 0 && chunks.last?.upperBound == score.source.frames, "frames are lost")
    if score.source.digest != nil { _ = score.fingerprint() }
}

/// A folder with a job, and with a record of its first chunk: two documents, with a zero byte between them.
func readJob(_ bytes: Data) throws {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let folder = WorkFolder("folder")
    try folder.make()
    let files = signed(Data(parts[0]), Data(parts.count > 1 ? parts[1] : Data()))
    try files.job.write(to: URL(fileURLWithPath: folder.job.string))
    try files.record.write(to: URL(fileURLWithPath: folder.record(0).string))
    guard let commission = try folder.commission() else { return }
    use(commission.score)
    _ = commission.job
    var ledger = Ledger(folder, commission)
    guard let first = ledger.chunks.first else { return }
    let record: ChunkRecord? = folder.read(folder.record(0))
    _ = record?.fits(commission, chunk: 0, first)
    try ledger.check(ledger.chunks.indices.prefix(1), Run())
}

/// With the fingerprint that the score has by now, for who changes a job can also compute one.
private func signed(_ job: Data, _ record: Data) -> (job: Data, record: Data) {
    guard var commission = try? JSONDecoder().decode(Commission.self, from: job), commission.score.isWhole,
        commission.score.source.digest != nil
    else { return (job, record) }
    commission.fingerprint = commission.score.fingerprint(versions: commission.versions, level: commission.level)
    var known = try? JSONDecoder().decode(ChunkRecord.self, from: record)
    known?.fingerprint = commission.fingerprint
    let encoder = JSONEncoder()
    return (
        (try? encoder.encode(commission)) ?? job, known.flatMap { try? encoder.encode($0) } ?? record
    )
}
