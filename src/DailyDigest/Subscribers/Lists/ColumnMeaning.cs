namespace DailyDigest.Subscribers;

/// <summary>The meaning of a column of a list.</summary>
public enum ColumnMeaning
{
    /// <summary>Its values change nothing.</summary>
    NotUsed,

    /// <summary>The address.</summary>
    Email,

    /// <summary>Whether the reader is subscribed.</summary>
    State,

    /// <summary>When the reader consented.</summary>
    ConsentDate,

    /// <summary>The time zone.</summary>
    Zone,

    /// <summary>The hour of the digest.</summary>
    Hour,

    /// <summary>The days of the digest.</summary>
    Rhythm,

    /// <summary>The language of the mail.</summary>
    Language,

    /// <summary>Sections, or tags, labels and lists that are sections if one has their name.</summary>
    Sections,

    /// <summary>The languages of the stories.</summary>
    StoryLanguages,
}

/// <summary>A column of a list, and its meaning.</summary>
/// <param name="Name">Its name in the first line, cut to a few words.</param>
/// <param name="Meaning">Its meaning.</param>
public sealed record MappedColumn(string Name, ColumnMeaning Meaning);

/// <summary>A note for the operator about an export.</summary>
public enum ListNote
{
    /// <summary>Mailchimp: GMTOFF and DSTOFF are offsets, and no time zones.</summary>
    OffsetsAreNoZones,

    /// <summary>listmonk: the file does not say who unsubscribed from a list.</summary>
    ListsAreNotIn,

    /// <summary>MailPoet: a reader has a row for each list.</summary>
    RowForEachList,
}
