using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Options and arguments that several verbs share. An invalid value is wrong usage and is reported before any work begins.
/// </summary>
internal static class Inputs
{
    public static Option<bool> Json() => new("--json") { Description = "Print JSON for other programs" };

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

    public static Option<Cohort?> Cohort(string description) => new("--cohort")
    {
        Description = description,
        HelpName = "name",
        CustomParser = result =>
        {
            if (Calendar.Cohort.TryParse(result.Tokens[0].Value, out var cohort))
            {
                return cohort;
            }

            result.AddError("--cohort: rhythm, hour and zone such as daily_07_Europe.Paris.");
            return null;
        },
    };

    /// <summary>One reader, by id or by address.</summary>
    public static Option<ReaderName?> Subscriber(string description) => new("--subscriber")
    {
        Description = description,
        HelpName = "id or address",
        CustomParser = result =>
        {
            if (ReaderName.Parse(result.Tokens[0].Value) is { } reader)
            {
                return reader;
            }

            result.AddError("--subscriber: an id or its beginning, as status shows it, or one e-mail address.");
            return null;
        },
    };

    /// <summary>One reader, by id or by address.</summary>
    public static Argument<ReaderName> Reader() => new("READER")
    {
        Description = "The reader's e-mail address, or the id or its beginning as subscribers list shows it",
        CustomParser = result =>
        {
            if (ReaderName.Parse(result.Tokens[0].Value) is { } reader)
            {
                return reader;
            }

            result.AddError("READER: one e-mail address, or an id or its beginning as subscribers list shows it.");
            return null;
        },
    };

    public static Option<string?> After() => new("--after")
    {
        Description = "List the readers after this id, the last one of the previous list",
        HelpName = "id",
        CustomParser = result =>
        {
            if (ShortId.IsPrefix(result.Tokens[0].Value, ReaderName.IdLength))
            {
                // After every id with this beginning: the list showed it.
                return result.Tokens[0].Value.PadRight(ReaderName.IdLength, 'f');
            }

            result.AddError("--after: an id as status shows it.");
            return null;
        },
    };

    public static Option<string> Language() => new("--language")
    {
        Description = "The mail's language, one of Publication__Languages. Default: the first",
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

    /// <summary>The publication's language that matches; null if none does.</summary>
    public static string? Language(Publication publication, string? wanted)
    {
        var found = publication.Language(wanted);
        return string.IsNullOrWhiteSpace(wanted) || found.Split('-')[0].Equals(wanted.Split('-')[0], StringComparison.OrdinalIgnoreCase)
            ? found : null;
    }

    public static string NoSuchLanguage(Publication publication) =>
        "--language: one of " + string.Join(", ", publication.Languages.DefaultIfEmpty(publication.DefaultLanguage)) + ".";
}
