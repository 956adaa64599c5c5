import SystemPackage
import Testing

@testable import Serving

/// What is asked for, and what is heard of it.
@Suite struct JobTests {
    private func body(_ kind: String, _ rest: String = "") -> [UInt8] {
        let style = kind == "info" ? "" : #"{"shelf":"s","name":"monet.jpg"}"#
        return Array(#"{"kind":"\#(kind)","clip":{"shelf":"c","name":"in.mp4"},"styles":[\#(style)]\#(rest)}"#.utf8)
    }

    private static let files = Wish.Files(clip: "/c/in.mp4", styles: ["/s/monet.jpg"])

    private func words(_ kind: String, _ rest: String = "", _ files: Wish.Files = files) throws -> [String] {
        try Wish(body(kind, rest)).arguments(files, output: "/o/out")
    }

    @Test func aWishIsACommandLine() throws {
        let rest =
            #","start":"1:30","end":"95.5","at":"3","maxSize":640,"styleSize":256,"strength":0.5"#
            + #","steady":"hold","overwrite":true"#
        #expect(
            try words("paint", rest) == [
                "paint", "/c/in.mp4", "--style=/s/monet.jpg", "--output=/o/out", "--max-size=640", "--style-size=256",
                "--strength=0.5", "--steady=hold", "--start=1:30", "--end=95.5", "--overwrite", "--json",
            ])
        #expect(
            try words("preview", #","at":"3""#) == [
                "preview", "/c/in.mp4", "--style=/s/monet.jpg", "--output=/o/out", "--at=3", "--json",
            ])
        #expect(try Wish(body("paint")).filmName == "in.monet.mp4")
        var braces = try Wish(body("paint"))
        braces.clip.name = "{style}.mp4"
        #expect(braces.filmName == "(style).monet.mp4")
    }

    @Test func theHandIsHandedOver() throws {
        let rest =
            #","quality":"draft","brush":2,"colours":"source","mix":[0.7,0.3],"collage":true,"background":"source""#
            + #","regions":[{"mask":{"shelf":"m","name":"a.png"},"style":{"shelf":"s","name":"klimt.jpg"}}]"#
        var files = Self.files
        files.styles.append("/s/klimt.jpg")
        files.regions = [("/m/a.png", "/s/klimt.jpg"), (nil, "/s/monet.jpg")]
        #expect(
            try words("preview", rest, files) == [
                "preview", "/c/in.mp4", "--style=/s/monet.jpg", "--style=/s/klimt.jpg", "--output=/o/out",
                "--quality=draft", "--mix=0.7,0.3", "--collage", "--brush=2.0", "--colours=source",
                "--region=/m/a.png=/s/klimt.jpg", "--region=alpha=/s/monet.jpg", "--background=source", "--at=0",
                "--json",
            ])
        // A sheet and a look know nothing of it.
        #expect(try words("sheet", rest).count == 6 && words("info", rest).count == 5)
        #expect(try words("info", #","start":"1","end":"2""#).contains("--end=2"))
    }

    @Test func filmsAreNamedByAllWhoPaintThem() throws {
        let klimt = Wish.Choice(shelf: "s", name: "klimt.jpg")
        var wish = try Wish(body("paint", #","mix":[0.5,0.5]"#))
        wish.styles.append(klimt)
        #expect(wish.filmName == "in.monet+klimt.mp4")
        (wish.styles, wish.regions) = ([], [Wish.Region(style: klimt)])
        #expect(wish.filmName == "in.klimt.mp4")
    }

    @Test func severalStylesPaintOneFilmTogetherAlone() throws {
        let style = #"{"shelf":"s","name":"a.jpg"}"#
        func wish(_ kind: String, _ rest: String, styles: Int) throws -> Wish {
            let all = [String](repeating: style, count: styles).joined(separator: ",")
            let clip = #""clip":{"shelf":"c","name":"in.mp4"}"#
            return try Wish(Array(#"{"kind":"\#(kind)",\#(clip),"styles":[\#(all)]\#(rest)}"#.utf8))
        }
        for rest in [#","mix":[0.5,0.5]"#, #","collage":true"#] { _ = try wish("paint", rest, styles: 2) }
        _ = try wish("paint", #","regions":[{"style":\#(style)}]"#, styles: 0)
        for (rest, styles) in [("", 2), (#","collage":false"#, 2), ("", 0), (#","regions":[]"#, 0)] {
            #expect(throws: Refusal.self) { try wish("paint", rest, styles: styles) }
        }
        #expect(throws: Refusal.self) { try wish("sheet", "", styles: 0) }
        #expect(throws: Refusal.self) { try wish("sheet", "", styles: 33) }
    }

    @Test(arguments: [
        #","brush":"2""#, #","colours":"style --overwrite""#, #","mix":0.5"#, #","mix":["0.5"]"#,
        #","collage":"yes""#, #","regions":{}"#, #","regions":[{"mask":"alpha"}]"#, #","quality":"""#,
        #","background":"--json""#, #","at":"--overwrite""#, #","start":"1;2""#, #","end":"nan""#, #","steady":"-o x""#,
        #","maxSize":"640""#,
        #","styleSize":1.5"#, #","strength":"1 --overwrite""#, #","overwrite":"yes""#,
    ])
    func whatIsNoValueIsRefused(_ rest: String) { #expect(throws: Refusal.self) { try Wish(body("preview", rest)) } }

    @Test(arguments: ["", "null", "[]", "{}", #"{"kind":"rm"}"#]) func whatIsNoWishIsRefused(_ text: String) {
        #expect(throws: Refusal.self) { try Wish(Array(text.utf8)) }
    }

    private func job() throws -> Job {
        Job(id: 1, wish: try Wish(body("paint")), arguments: [], result: nil, report: "/o/report", state: .running)
    }

    @Test func progressIsHeard() throws {
        var job = try job()
        job.hear(
            #"{"type":"progress","stage":"painting","done":12,"total":240,"fraction":0.31,"#
                + #""fps":3.2,"secondsLeft":71.0}"#
        )
        #expect(job.stage == "painting" && job.done == 12 && job.total == 240 && job.fraction == 0.31)
        #expect(job.secondsLeft == 71)
        for line in ["{", "{}", #"{"type":"new","done":1}"#, #"{"type":5}"#] { job.hear(line) }
        #expect(job.done == 12 && job.message == nil)
        job.hear(#"{"type":"notice","text":"odd sides"}"#)
        job.end(code: 0)
        #expect(job.state == .done && job.fraction == 1 && job.notices == ["odd sides"])
    }

    @Test func anErrorIsHeardInEitherForm() throws {
        for line in ["stylevideo: no room", #"{"type":"error","code":74,"message":"no room"}"#] {
            var job = try job()
            job.hear(line)
            job.end(code: 74)
            #expect(job.state == .failed && job.message == "no room" && job.code == 74)
        }
    }

    @Test func whatWasCancelledHasNotFailed() throws {
        var job = try job()
        job.state = .cancelled
        job.end(code: 75)
        #expect(job.state == .cancelled)
    }
}
