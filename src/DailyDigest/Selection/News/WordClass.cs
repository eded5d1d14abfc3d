namespace DailyDigest.Selection;

/// <summary>The classes of words in NewsWords.txt. They matter where two titles differ.</summary>
[Flags]
internal enum WordClass
{
    /// <summary>A word like any other.</summary>
    None = 0,

    /// <summary>A word without news, such as "the".</summary>
    Stop = 1,

    /// <summary>A label in front of a title, such as "breaking".</summary>
    Mark = 2,

    /// <summary>A page that is written anew all day.</summary>
    Live = 4,

    /// <summary>A part of a publication's name.</summary>
    Site = 8,

    /// <summary>The title is about an event and does not report it: a reaction, a review, a question.</summary>
    Genre = 16,

    /// <summary>The event is not certain, or only wanted.</summary>
    Maybe = 32,

    /// <summary>A negation.</summary>
    Not = 64,

    /// <summary>Another event of the same kind.</summary>
    Again = 128,

    /// <summary>A number beside it tells one of a series.</summary>
    Series = 256,

    /// <summary>A day, a month, a season.</summary>
    Day = 512,

    /// <summary>A number.</summary>
    Number = 1024,

    /// <summary>A place in an order.</summary>
    Ordinal = 2048,

    /// <summary>A sentence of a summary that belongs to the source.</summary>
    Boilerplate = 4096,

    /// <summary>Behind the last comma of a title: it names who said it.</summary>
    Said = 8192,

    /// <summary>The agent of a passive follows: "sued by".</summary>
    Agent = 16384,
}
