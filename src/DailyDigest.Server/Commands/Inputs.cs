using System.CommandLine;
using System.Globalization;
using DailyDigest.Schedule;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Options and arguments that several verbs have. What cannot be read is wrong usage, told before any work begins.</summary>
internal static class Inputs
{
    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for other programs" };

    public static Option<DateOnly?> Date(string description) => new("--date")
    {
        Description = description,
        HelpName = "yyyy-MM-dd",
        CustomParser = result =>
        {
            if (LocalDates.TryParse(result.Tokens[0].Value, out var date))
            {
                return date;
            }

            result.AddError("--date: a date as in 2026-03-10.");
            return null;
        },
    };

    public static Option<string> Language() => new("--language")
    {
        Description = "The mail's language, one of Publication__Languages; without it the first",
        HelpName = "tag",
    };

    public static Option<int> Limit(string description, int usual) => new("--limit")
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            result.AddError("--limit: a whole number, 0 or more.");
            return usual;
        },
    };

    public static Argument<EmailAddress> Address() => new("ADDRESS")
    {
        Description = "The reader's e-mail address",
        CustomParser = result => Address(result, "ADDRESS"),
    };

    public static EmailAddress Address(System.CommandLine.Parsing.ArgumentResult result, string name)
    {
        if (!EmailAddress.TryParse(result.Tokens[0].Value, out var address))
        {
            result.AddError(name + ": one e-mail address, such as reader@example.org.");
        }

        return address;
    }

    /// <summary>The publication's language that is meant; null if it has none such.</summary>
    public static string? Language(Publication publication, string? wanted)
    {
        var found = publication.Language(wanted);
        return string.IsNullOrWhiteSpace(wanted) || found.Split('-')[0].Equals(wanted.Split('-')[0], StringComparison.OrdinalIgnoreCase) ? found : null;
    }
}
