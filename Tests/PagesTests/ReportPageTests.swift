import Testing

@testable import Pages

/// A page of everything there is.
private func example(frames: Int = 240, scenes: [Int] = [0, 100], name: String = "in.mp4") -> ReportPage {
    let source = ReportPage.Film(name: name, width: 640, height: 360, place: .address("in.mp4"))
    let painting = ReportPage.Film(name: "out.mp4", width: 640, height: 360, place: .address("out.mp4"))
    var page = ReportPage(
        source: source, painting: painting, times: (0..<frames).map { Double($0) / 24 },
        duration: Double(frames) / 24)
    page.sceneStarts = scenes
    page.distances = (1..<frames).filter { !scenes.contains($0) }.map {
        ReportPage.Distance(frame: $0, painting: 0.01 + 0.001 * Double($0 * 7919 % 97), source: 0.004)
    }
    for light in [\ReportPage.paintingLight, \.sourceLight] {
        page[keyPath: light].luminance = (0..<frames).map { 0.3 + 0.001 * Double($0 * 31 % 101) }
        page[keyPath: light].flashes = (0..<frames).map { $0 * 17 % 5 }
        page[keyPath: light].stretches = [ReportPage.Stretch(start: 1, end: 3.5, flashes: 5, isRed: false)]
    }
    let jpeg = [UInt8](repeating: 0xA5, count: 6000)
    page.worst = [50, 120, 9].map { ReportPage.Moment(frame: $0, source: jpeg, painting: jpeg) }
    page.scenes = scenes.prefix(24).map { ReportPage.Moment(frame: $0, source: jpeg, painting: jpeg) }
    (page.figures, page.settings) = ([.init("ratio", "1.24")], [.init("crf", "18")])
    (page.versions, page.notices) = ([.init("stylevideo", "1")], ["a notice"])
    page.command = ["stylevideo", name, "--style", "van gogh's.jpg"]
    return page
}

private let hostile = #"</script><script>alert("1")</script>'&amp;<img src=x onerror='alert(2)'>\#u{202E}.mp4"#

@Test(arguments: ["in.mp4", hostile])
func aPageIsWellFormed(name: String) {
    let whole = example(name: name)
    var other = whole
    other.notices = [name]
    other.figures.append(.init(name, name))
    other.painting.place = .embedded([0, 1, 2], type: "video/mp4")
    other.source.place = .none(name)
    for page in [whole, other] {
        let markup = Markup(page.html)
        #expect(markup.faults.isEmpty)
        #expect(markup.all("script").count == 2 && markup.all("style").count == 1)
        #expect(markup.elements.allSatisfy { element in !element.attributes.keys.contains { $0.hasPrefix("on") } })
        #expect(!page.html.unicodeScalars.contains("\u{202E}"))
    }
}

@Test func everyIdThatIsReferredToExistsOnce() throws {
    let markup = Markup(example().html)
    let ids = markup.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in markup.elements {
        if let label = element.attributes["aria-labelledby"] { #expect(ids.contains(label)) }
    }
    let made: Set = ["reading"]
    for match in Script.text.matches(of: /\$\("([a-z]+)"\)|getElementById\("([a-z]+)"\)/) {
        let id = String(match.output.1 ?? match.output.2!)
        #expect(ids.contains(id) || made.contains(id), "\(id)")
    }
}

@Test func whatIsShownHasLabels() {
    let markup = Markup(example().html)
    for element in markup.all("img") { #expect(element.attributes["alt"]?.isEmpty == false) }
    for name in ["svg", "video"] {
        for element in markup.all(name) { #expect(element.attributes["aria-label"]?.isEmpty == false) }
    }
    for element in markup.all("input") { #expect(element.attributes["aria-label"]?.isEmpty == false) }
    #expect(markup.all("html")[0].attributes["lang"] == "en")
    #expect(markup.all("kbd").count == 5)
}

@Test func nothingIsLoadedFromElsewhere() {
    let markup = Markup(example().html)
    for element in markup.elements {
        for name in ["src", "href"] {
            guard let place = element.attributes[name] else { continue }
            #expect(place.hasPrefix("data:") || ["in.mp4", "out.mp4"].contains(place), "\(place)")
        }
    }
    #expect(!example().html.contains("http"))
}

@Test func aPageOfTenMinutesIsBelowAMegabyte() {
    let page = example(frames: 14_400, scenes: (0..<300).map { $0 * 48 })
    let size = page.html.utf8.count
    #expect(size < 1_000_000, "\(size) bytes")
}

@Test func unevenTimesDoNotMakeItGrow() {
    var page = example(frames: 36_000, scenes: [0])
    page.times = page.times.enumerated().map { $1 + 1e-3 * Double($0 * 7919 % 13) }
    #expect(page.html.utf8.count < 1_000_000)
}

@Test func aCurveKeepsTheLargestOfEachColumn() throws {
    let values = (0..<14_400).map { frame in
        Curve.Point(
            frame: frame, time: Double(frame) / 24, value: frame == 7777 ? 0.9 : 0.01 * Double(frame % 3),
            follows: frame > 0)
    }
    let curve = Curve(values, duration: 600)
    #expect(curve.points.count <= Curve.columns)
    #expect(curve.highest == 0.9 && curve.points.contains { $0.frame == 7777 })
    #expect(curve.points.filter { $0.value == 0.02 }.count > 900)
}

@Test func aCurveIsBrokenAtACut() {
    let page = example(frames: 48, scenes: [0, 24])
    let path = page.curve(\.painting).path(page.duration) { $0 }
    #expect(path.filter { $0 == "M" }.count == 2)
}

@Test func whatWasNotMeasuredIsSaid() {
    var page = example()
    (page.distances, page.worst, page.unmeasured) = ([], [], "Nobody has measured it.")
    #expect(page.html.contains("Nobody has measured it."))
    #expect(!page.html.contains("Temporal LPIPS</b>"))
}

@Test func flashesWarnAndTheirAbsenceDoesNot() {
    var page = example()
    #expect(page.html.contains("This painting flashes up to 5 times a second"))
    page.paintingLight.stretches = []
    #expect(!page.html.contains("role=\"alert\""))
    #expect(page.html.contains("The source flashes up to 5 times a second"))
    page.sourceLight.stretches = []
    #expect(!page.html.contains("times a second"))
}

@Test func aFilmThatBrowsersDoNotPlayIsNoDeadPlayer() {
    var page = example()
    page.source.place = .none("browsers do not play ffv1 in Matroska")
    var markup = Markup(page.html)
    #expect(markup.all("video").map { $0.attributes["id"] } == ["painting"])
    #expect(page.html.contains("The source is not played here: browsers do not play ffv1 in Matroska."))
    page.painting.place = .none("it is gone")
    markup = Markup(page.html)
    #expect(markup.all("video").isEmpty && markup.all("img").count == 10)
}

@Test func scalesEndAtRoundNumbers() {
    #expect(Chart.scale(upTo: 0.0131).highest == 0.015)
    #expect(Chart.scale(upTo: 0).highest == 1)
    for value in [1e-7, 0.0999, 0.1, 0.34, 1, 7.2, 981] {
        let (highest, marks) = Chart.scale(upTo: value)
        #expect(highest >= value * (1 - 1e-9) && highest <= 1.7 * value, "\(value)")
        #expect(marks.first?.value == 0 && abs(marks.last!.value - highest) <= 1e-9 * highest)
    }
}
