import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

@Suite struct TimelineTests {
    private static let styles: [FilePath] = ["a/monet.jpg", "klimt.png", "b/munch.jpg"]

    private static func read(_ text: String, styles: [FilePath] = styles) throws -> Timeline {
        try Timeline(text: text, file: "times.txt", styles: styles)
    }

    @Test func aLineIsAMomentAndWhatStandsThere() throws {
        let timeline = try Self.read(
            """
            # the three of them
            0 monet=1
            0:12.5  monet=0.2 klimt=0.8 ease   # over to gold
            1:02:03.5 strength=0.5 cut

            9999 3=1 strength=1.5
            """)
        #expect(
            timeline.marks == [
                .init(moment: 0, weights: [1, 0, 0]), .init(moment: 12.5, weights: [0.2, 0.8, 0], curve: .ease),
                .init(moment: 3723.5, strength: 0.5, curve: .cut),
                .init(moment: 9999, weights: [0, 0, 1], strength: 1.5),
            ])
        let back = try JSONDecoder().decode(Timeline.self, from: JSONEncoder().encode(timeline))
        #expect(back == timeline)
    }

    @Test(arguments: [
        ("", "times.txt is no timeline: it has no moment"),
        ("# nothing\n", "times.txt is no timeline: it has no moment"),
        ("noon monet=1", "times.txt, line 1: it begins with 'noon', which is no moment"),
        ("-1 monet=1", "times.txt, line 1: it begins with '-1', which is no moment"),
        ("nan monet=1", "times.txt, line 1: it begins with 'nan', which is no moment"),
        ("5 monet=1\n5 klimt=1", "times.txt, line 2: its moment does not follow the one before"),
        ("5 monet=1\n\n4 klimt=1", "times.txt, line 3: its moment does not follow the one before"),
        ("0 monet=0.5", "times.txt, line 1: its weights sum to 0.5, and not to 1"),
        ("0 monet=0.5 klimt=0.6", "times.txt, line 1: its weights sum to 1.1, and not to 1"),
        ("0 monet=1.5 klimt=-0.5", "times.txt, line 1: a weight is from 0 to 1, and not 1.5"),
        ("0 monet=nan", "times.txt, line 1: 'monet=nan' has no number"),
        ("0 monet=0x1", "times.txt, line 1: 'monet=0x1' has no number"),
        ("0 monet", "times.txt, line 1: it has the word 'monet'"),
        ("0 dali=1", "times.txt, line 1: it names dali, and the styles are monet, klimt, munch"),
        ("0 4=1", "times.txt, line 1: it names 4, and the styles are monet, klimt, munch"),
        ("0 0=1", "times.txt, line 1: it names 0, and the styles are monet, klimt, munch"),
        ("0 monet=0.5 monet=0.5", "times.txt, line 1: it names monet twice"),
        ("0 strength=2", "times.txt, line 1: a strength is from 0 to 1.5, and not 2"),
        ("0 brush=5", "times.txt, line 1: a brush is from 0.5 to 4, and not 5"),
        ("0 region=1.1", "times.txt, line 1: what regions cover is from 0 to 1, and not 1.1"),
        ("0 strength=1 strength=1", "times.txt, line 1: it says strength twice"),
        ("0 monet=1 ease linear", "times.txt, line 1: it says twice how the moment is reached"),
    ]) func isRefusedInOneSentence(_ text: String, _ sentence: String) {
        let error = #expect(throws: HandError.self) { try Self.read(text) }
        #expect(error?.description == sentence)
    }

    @Test func stylesOfOneNameAreToldByNumber() throws {
        let styles: [FilePath] = ["a/monet.jpg", "b/monet.png"]
        #expect(try Self.read("0 2=1", styles: styles).marks[0].weights == [0, 1])
        let error = #expect(throws: HandError.self) { try Self.read("0 monet=1", styles: styles) }
        #expect(error?.description == "times.txt, line 1: 2 styles have the name monet: say 1 for the first")
    }
}
