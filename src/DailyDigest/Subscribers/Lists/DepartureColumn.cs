using System.Text;
using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>The meaning of a column of a list from elsewhere, as to leaving.</summary>
internal enum Departure
{
    /// <summary>Nothing: a name, a plan, a country.</summary>
    None,

    /// <summary>A word for the state of a reader: active, unsubscribed, bounced.</summary>
    Status,

    /// <summary>The state of a reader, or a part of a country.</summary>
    State,

    /// <summary>Yes means that the reader is subscribed.</summary>
    Subscribed,

    /// <summary>Yes, an instant or a reason means that the reader has left.</summary>
    Left,

    /// <summary>The name could say that a reader has left, and nobody knows how.</summary>
    Unknown,
}

/// <summary>
/// Reads the columns of a list that say whether a reader has left (<see cref="ListWords"/>). The names are those of Mailchimp, Substack,
/// Ghost, listmonk, Buttondown and MailPoet, and what others call the same.
/// </summary>
internal static class DepartureColumn
{
    private const int MaxWord = 20;
    private const int MaxUsual = 100;

    /// <summary>A name or word in lower case without accents, spaces and punctuation: E-Mail is email.</summary>
    public static string Key(string text)
    {
        var key = new StringBuilder(text.Length);
        foreach (var letter in IsValid(text) ? text.Normalize(NormalizationForm.FormKD) : text)
        {
            if (char.IsLetterOrDigit(letter) || letter is '✓' or '✔')
            {
                key.Append(char.ToLowerInvariant(letter));
            }
        }

        return key.ToString();
    }

    /// <summary>The meaning of the column's name.</summary>
    public static Departure Of(string name)
    {
        var key = Key(name);
        return ListWords.Of("harmless").Any(word => key.StartsWith(word, StringComparison.Ordinal) && AreUsual(key[word.Length..]))
            || ConsentDate.IsColumn(name) ? Departure.None
            : ListWords.Is("status", key) ? Departure.Status
            : ListWords.Is("state", key) ? Departure.State
            : ListWords.Of("subscribed").Any(word => IsMadeOf(key, word)) ? Departure.Subscribed
            : ListWords.Of("left").Any(word => IsMadeOf(key, word)) ? Departure.Left
            : ListWords.Of("suspicious").Any(word => key.Contains(word, StringComparison.Ordinal)) ? Departure.Unknown : Departure.None;
    }

    /// <summary>True if the value says that the reader has left, false if not; null if it is not understood.</summary>
    public static bool? HasLeft(Departure column, string? value)
    {
        if (column == Departure.None && !(value?.Length < MaxWord))
        {
            return false;
        }

        var key = Key(value ?? "");
        return column switch
        {
            Departure.Status => !ListWords.Is("active", key),
            Departure.State => ListWords.Is("gone", key),
            Departure.Subscribed => ListWords.Is("yes", key) || ListWords.Is("active", key) ? false
                : ListWords.Is("no", key) || ListWords.Is("gone", key) ? true
                : WrittenDates.Read(value, WrittenContext.None) is null ? null : false,
            Departure.Left => key.Length > 0 && !ListWords.Is("no", key),
            _ => ListWords.Is("gone-anywhere", key),
        };
    }

    // True if the key is the word with nothing but usual words around it.
    private static bool IsMadeOf(string key, string word) => key.IndexOf(word, StringComparison.Ordinal) is var at and >= 0
        && AreUsual(key[..at]) && AreUsual(key[(at + word.Length)..]);

    // Each word is a call within a call, so a name of any length would overflow the stack.
    private static bool AreUsual(string rest) => rest.Length == 0
        || (rest.Length <= MaxUsual
            && ListWords.Of("around").Any(word => rest.StartsWith(word, StringComparison.Ordinal) && AreUsual(rest[word.Length..])));

    private static bool IsValid(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);
}
