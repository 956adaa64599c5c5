public import Imaging
public import Media
public import Stillness
public import Palette
public import StyleKernel

/// All that a painting depends on, and nothing else: no threads, no folders. Who has the source, the styles, the
/// weights and the score paints the same frames, on any machine of the same CPU level, in any order.
public struct Score: Codable, Sendable, Hashable {
    /// Of this format; files of another are not read.
    public var schema = schemaOfToday
    public var source: Source
    /// Cover every frame once, in order; of a preview, only its own scene.
    public var scenes: [Scene]
    /// Cover every frame once, in order.
    public var cues: [Cue]
    public var painting: Painting
    public var output: Output

    /// The clip that is painted, and the stretch of it.
    public struct Source: Codable, Sendable, Hashable {
        /// SHA-256 of the file, in hexadecimal; nil where nobody keeps the score, as of a preview.
        public var digest: String?
        /// Of its upright frames.
        public var width, height: Int
        public var timeBase: Rational
        public var selection: Selection
        /// How many frames the stretch has.
        public var frames: Int
    }

    /// The frames between two cuts.
    public struct Scene: Codable, Sendable, Hashable {
        public var frames: Range<Int>
        /// Up to the first ramp.
        public var figures: Figures
        /// Beyond which a thing has moved; nil where nothing is held.
        public var noise: SourceNoise?
        /// Where a dissolve leads to another picture, in order; nil where none does.
        public var ramps: [Ramp]?

        /// Frames over which the figures go over to others.
        public struct Ramp: Codable, Sendable, Hashable {
            public var frames: Range<Int>
            /// Of the frames behind it.
            public var figures: Figures
        }

        init(frames: Range<Int>, statistics: SceneStatistics, noise: SourceNoise?, ramps: [Ramp]? = nil) {
            (self.frames, figures, self.noise, self.ramps) = (frames, Figures(statistics), noise, ramps)
        }

        var hasRampsInOrder: Bool {
            (ramps ?? []).reduce(frames.lowerBound) { end, ramp in
                end != .max && ramp.frames.lowerBound > end && ramp.frames.upperBound < frames.upperBound
                    ? ramp.frames.upperBound : .max
            } != .max
        }

        /// What a frame is painted by. Means and deviations go over in a straight line.
        func figures(of frame: Int) -> Figures {
            var figures = figures
            for ramp in ramps ?? [] where frame >= ramp.frames.lowerBound {
                let share = Double(frame - ramp.frames.lowerBound + 1) / Double(ramp.frames.count + 1)
                figures = figures.mixed(with: ramp.figures, share: min(share, 1))
            }
            return figures
        }
    }

    /// What is known of a scene's frames, from up to eight of them.
    public struct Figures: Codable, Sendable, Hashable {
        /// What they are normalised by.
        public var statistics: SceneStatistics
        /// The same of each other brush, by its size; nil where there is none.
        public var brushes: [BrushFigures]?
        /// The colours of paintings by each of the pictures; nil where no palette is wanted.
        public var palettes: [ColourMoments]?

        public struct BrushFigures: Codable, Sendable, Hashable {
            public var size: Double
            public var statistics: BrushStatistics
        }

        init(_ statistics: SceneStatistics, brushes: [BrushFigures]? = nil, palettes: [ColourMoments]? = nil) {
            (self.statistics, self.brushes, self.palettes) = (statistics, brushes, palettes)
        }

        func statistics(of brush: Double) -> BrushStatistics {
            if brush == 1 { return BrushStatistics(fine: statistics) }
            guard let found = brushes?.first(where: { $0.size == brush }) else {
                preconditionFailure("no statistics of a brush of \(brush)")
            }
            return found.statistics
        }

        static func average(_ frames: [Figures]) -> Figures {
            var result = Figures(.average(frames.map(\.statistics)))
            result.brushes = frames[0].brushes.map { first in
                first.indices.map { n in
                    BrushFigures(
                        size: first[n].size, statistics: .average(frames.map { $0.brushes![n].statistics }))
                }
            }
            result.palettes = frames[0].palettes.map { first in
                first.indices.map { n in .average(frames.map { $0.palettes![n] }) }
            }
            return result
        }

        func mixed(with others: Figures, share: Double) -> Figures {
            if share <= 0 { return self }
            if share >= 1 { return others }
            var result = Figures(statistics.mixed(with: others.statistics, share: share))
            result.brushes = brushes.map { own in
                zip(own, others.brushes!).map {
                    BrushFigures(size: $0.size, statistics: $0.statistics.mixed(with: $1.statistics, share: share))
                }
            }
            result.palettes = palettes.map { own in
                zip(own, others.palettes!).map { .mixed([$0, $1], weights: [1 - share, share]) }
            }
            return result
        }
    }

    /// What paints a range of frames.
    public struct Cue: Codable, Sendable, Hashable {
        public var frames: Range<Int>
        public var manner: Manner
        /// Where it leads to another; nil where it stays.
        public var turn: Turn?

        /// Between two moments, in ticks of the source's clock.
        public struct Turn: Codable, Sendable, Hashable {
            public var manner: Manner
            public var from, until: Int64
            public var curve: Curve
        }

        /// What a frame at that time is painted with.
        /// - Parameter tick: of the source's clock.
        func manner(at tick: Int64) -> Manner {
            guard let turn else { return manner }
            let way = Double(tick - turn.from) / Double(turn.until - turn.from)
            return manner.mixed(with: turn.manner, share: turn.curve.share(min(max(way, 0), 1)))
        }
    }

    /// How a moment is painted.
    public struct Manner: Codable, Sendable, Hashable {
        /// Weights sum to 1; of a collage, they are equal. None where only regions are painted.
        public var styles: [WeightedStyle]
        /// 0 is the source, 1 as trained.
        public var strength: Double
        /// How large strokes are, 1 as trained.
        public var brush: Double
        /// How much the regions' masks cover, 0 to 1.
        public var region: Double

        /// - Parameter share: 0 gives this, 1 the other, to the last bit.
        func mixed(with other: Manner, share: Double) -> Manner {
            if share <= 0 { return self }
            if share >= 1 { return other }
            func mix(_ a: Double, _ b: Double) -> Double { a == b ? a : a + share * (b - a) }
            return Manner(
                styles: zip(styles, other.styles).map {
                    WeightedStyle(style: $0.style, weight: mix($0.weight, $1.weight))
                }, strength: mix(strength, other.strength), brush: brush, region: mix(region, other.region))
        }

        var isSound: Bool {
            styles.count <= StyleMix.most && styles.allSatisfy { (0...1).contains($0.weight) }
                && (styles.isEmpty || abs(styles.reduce(0) { $0 + $1.weight } - 1) < 1e-6)
                && Hand.Property.strength.range.contains(strength) && Hand.Property.brush.range.contains(brush)
                && Hand.Property.region.range.contains(region)
        }
    }

    public struct WeightedStyle: Codable, Sendable, Hashable {
        public var style: Style
        public var weight: Double
    }

    /// A style picture as it is remembered.
    public struct Style: Codable, Sendable, Hashable {
        /// SHA-256 of the picture's pixels, upright, with its sides, in hexadecimal.
        public var digest: String
        /// The shorter side that it is brought to.
        public var size: Int
    }

    /// How frames are painted.
    public struct Painting: Codable, Sendable, Hashable {
        public var preset: String
        /// SHA-256 of the file of weights, in hexadecimal.
        public var weights: String
        public var width, height: Int
        public var steady: Steadiness
        public var precision: Stylizer.Precision
        /// Whether a place may take what it is most like in any of the styles; nil: they are mixed.
        public var isCollage: Bool?
        /// Nil: the style's.
        public var colours: Hand.Colours?
        /// Later ones over earlier ones; nil where there are none.
        public var regions: [Region]?
        /// Whether what no region covers is left as it is.
        public var leavesBackground: Bool?
        /// Of the source, where it has high dynamic range.
        public var toneMapping = ToneMapping.hable
        /// Whether frames go through as they are; nil: they are painted.
        public var isUnpainted: Bool?
    }

    /// A part of the picture that another style paints.
    public struct Region: Codable, Sendable, Hashable {
        public var style: Style
        /// SHA-256 of the mask's file, in hexadecimal; nil: the source's own alpha.
        public var mask: String?
    }

    /// How paintings are kept.
    public struct Output: Codable, Sendable, Hashable {
        public var encoding: EncoderSettings
        public var audio: SoundChoice
        public var subtitles = SubtitleChoice.copy
        /// About how many frames a chunk has; nil: as many as is usual.
        public var chunkLength: Int?

        var carriage: Carriage { Carriage(sound: audio, subtitles: subtitles) }
    }
}

extension Score.Cue {
    /// Whether styles, weights and strengths are such as can paint, and its turn leads from one to the other.
    fileprivate var isSound: Bool {
        guard manner.isSound else { return false }
        guard let turn else { return true }
        return turn.manner.isSound && turn.until > turn.from
            && turn.manner.styles.map(\.style) == manner.styles.map(\.style)
    }
}

extension Score {
    static let schemaOfToday = 5

    /// - Throws: `DecodingError` for a score of another form, or one whose scenes or cues do not follow one another.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schema = try values.decode(Int.self, forKey: .schema)
        func fail(_ reason: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
        }
        guard schema == Self.schemaOfToday else { throw fail("a score of the form \(schema)") }
        source = try values.decode(Source.self, forKey: .source)
        scenes = try values.decode([Scene].self, forKey: .scenes)
        cues = try values.decode([Cue].self, forKey: .cues)
        painting = try values.decode(Painting.self, forKey: .painting)
        output = try values.decode(Output.self, forKey: .output)
        guard output.chunkLength ?? 1 > 0 else { throw fail("chunks of \(output.chunkLength!) frames") }
        for ranges in [scenes.map(\.frames), cues.map(\.frames)] {
            guard zip(ranges, ranges.dropFirst()).allSatisfy({ $0.upperBound == $1.lowerBound }) else {
                throw fail("scenes or cues that do not follow one another")
            }
        }
        guard scenes.allSatisfy(\.hasRampsInOrder) else { throw fail("ramps that do not follow one another") }
        guard cues.allSatisfy({ $0.isSound && $0.manner.styles.isEmpty == (painting.leavesBackground == true) }) else {
            throw fail("a cue that nothing can be painted with")
        }
        let regions = painting.regions ?? []
        guard !(regions.isEmpty && painting.leavesBackground == true),
            Set(cues.map(\.manner.styles.count)).count <= 1, regions.count <= StyleMix.most
        else { throw fail("regions that are not there, or cues of other styles") }
        let brushes = Set(cues.flatMap { [$0.manner.brush, $0.turn?.manner.brush ?? 1] }).subtracting([1])
        let figures = scenes.flatMap { [$0.figures] + ($0.ramps ?? []).map(\.figures) }
        guard figures.allSatisfy({ Set(($0.brushes ?? []).map(\.size)).isSuperset(of: brushes) }) else {
            throw fail("scenes of which what a brush needs is not known")
        }
        let palettes =
            painting.colours == .palette ? painting.isCollage == true ? 1 : cues.first?.manner.styles.count : nil
        guard figures.allSatisfy({ $0.palettes?.count == palettes }) else {
            throw fail("scenes whose colours are known, or are not, though no palette, or one, is wanted")
        }
        guard scenes.allSatisfy({ ($0.noise != nil) == painting.steady.holds }) else {
            throw fail("scenes whose noise is known, or is not, though nothing, or something, is held")
        }
    }

    /// Whether its scenes and cues cover all of its frames, as a preview's do not.
    var isWhole: Bool {
        let ranges = [scenes.map(\.frames), cues.map(\.frames)]
        return source.frames > 0
            && ranges.allSatisfy { $0.first?.lowerBound == 0 && $0.last?.upperBound == source.frames }
    }

    /// Whether frames come out as they are: nothing then holds even their noise still.
    var isSource: Bool {
        painting.isUnpainted == true
            || cues.allSatisfy { $0.manner.strength == 0 && $0.turn?.manner.strength ?? 0 == 0 }
    }

    /// Those of some frames that follow another of their scene.
    func followers(in frames: Range<Int>) -> [Int] { frames.filter { $0 > 0 && !startsScene($0) } }

    /// All frames.
    public var frames: Range<Int> { 0..<source.frames }

    func scene(of frame: Int) -> Scene { covering(frame, scenes, by: \.frames) }
    func cue(of frame: Int) -> Cue { covering(frame, cues, by: \.frames) }

    /// Whether what paints it changes all at once at that frame.
    func startsManner(_ frame: Int) -> Bool {
        guard frame > 0, let last = cues.last?.frames.upperBound, frame < last else { return false }
        let own = cue(of: frame)
        guard own.frames.lowerBound == frame, frame > cues[0].frames.lowerBound else { return false }
        let before = cue(of: frame - 1)
        return (before.turn?.manner ?? before.manner) != own.manner || before.manner.brush != own.manner.brush
    }

    /// Whether a cut lies before that frame, or the score's end.
    func startsScene(_ frame: Int) -> Bool {
        guard frame > 0, let end = scenes.last?.frames.upperBound, frame <= end else { return false }
        // What comes behind, of a source that has grown or in a preview's next scene, belongs to no scene of the score.
        return frame == end || scene(of: frame).frames.lowerBound == frame
    }

    private func covering<Element>(_ frame: Int, _ elements: [Element], by frames: (Element) -> Range<Int>) -> Element {
        let place = elements.place(of: frame) { frames($0).lowerBound }
        precondition(
            elements.indices.contains(place) && frames(elements[place]).contains(frame), "nothing covers frame \(frame)"
        )
        return elements[place]
    }
}
