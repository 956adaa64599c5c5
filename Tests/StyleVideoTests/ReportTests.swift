import Foundation
import Media
import Pipeline
import StyleVideo
import TestSupport
import Testing

@Suite struct ReportTests {
    private func encoded(_ report: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(report)
    }

    @Test func reportsComeBackFromJSON() async throws {
        let place = try Scratch()
        let job = try await place.job(place.twoScenes())
        let painted = try job.run(Run(threads: 2))
        let back = try JSONDecoder().decode(PaintReport.self, from: encoded(painted))
        #expect(try encoded(back) == encoded(painted))
        #expect(
            back.frames == 18 && back.temporalLPIPS?.output?.pairs == 16
                && back.temporalLPIPS?.output?.pairsLeftOut == 1)
        #expect(back.settings.crf == 0 && back.settings.pixelFormat == "yuv444p" && back.settings.styleSize == 64)

        var measuring = MeasureJob(input: job.output)
        measuring.against = job.input
        let measured = try measuring.run(Run(threads: 2))
        let again = try JSONDecoder().decode(MeasureReport.self, from: encoded(measured))
        #expect(try encoded(again) == encoded(measured))
        #expect(measured.rows.count == 18 && again.contentLPIPS?.worst == measured.contentLPIPS?.worst)

        let info = try InfoJob(input: job.input, settings: job.settings).run(Run(threads: 2))
        #expect(try encoded(JSONDecoder().decode(InfoReport.self, from: encoded(info))) == encoded(info))
        #expect(info.sceneStarts == [0, 9] && info.plan.width == 70)
    }

    @Test func rowsBecomeALineEach() throws {
        let temporal = try JSONDecoder().decode(
            TemporalReport.self, from: Data(#"{"network":"n","width":4,"height":3,"measured":"m"}"#.utf8))
        func row(_ text: String) throws -> MeasureReport.Row {
            try JSONDecoder().decode(MeasureReport.Row.self, from: Data(text.utf8))
        }
        var report = MeasureReport(
            input: "a", against: nil, frames: 3, scenes: 1, temporalLPIPS: temporal, contentLPIPS: nil,
            rows: [try row(#"{"frame":1,"time":0.5,"temporal":0.25}"#)], notices: [], versions: [:])
        #expect(report.csv == "frame,time,temporal_lpips\n1,0.5,0.25\n")
        report.against = "b"
        report.rows = [
            try row(#"{"frame":0,"time":0,"content":0.125}"#),
            try row(#"{"frame":1,"time":0.5,"temporal":0.25,"sourceTemporal":0.75,"content":0.5}"#),
        ]
        #expect(
            report.csv
                == "frame,time,temporal_lpips,input_temporal_lpips,content_lpips\n0,0.0,,,0.125\n1,0.5,0.25,0.75,0.5\n")
    }
}
