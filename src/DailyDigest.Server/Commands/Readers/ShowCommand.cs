using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers show</c>: everything that is stored about one person.</summary>
internal static class ShowCommand
{
    public static Command Create(Terminal terminal)
    {
        var reader = Inputs.Reader();
        var json = Inputs.Json();
        var command = new Command("show", "Show everything that is stored about one reader.") { reader, json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) =>
            {
                if (await parsed.GetRequiredValue(reader).ReadAsync(app.Services, terminal, stop) is not { } person
                    || await app.Services.GetRequiredService<CollectPersonalData>().ExecuteAsync(person.Id, stop) is not { } data)
                {
                    return 1;
                }

                if (parsed.GetValue(json))
                {
                    await terminal.JsonAsync(data);
                    return 0;
                }

                var next = NextDigest.After(person, app.Services.GetRequiredService<TimeProvider>().GetUtcNow());
                var languages = app.Services.GetRequiredService<StoryLanguages>();
                foreach (var (name, text) in Lines(data, person, next, languages))
                {
                    await terminal.LineAsync($"{name + ":",-14}{text}");
                }

                return 0;
            },
            cancellationToken));
        return command;
    }

    private static IEnumerable<(string Name, string Text)> Lines(
        PersonalData data, Subscriber person, NextDigest? next, StoryLanguages languages)
    {
        yield return ("id", data.Id);
        yield return ("address", data.Address);
        yield return ("status", data.Status + (data.Suppressed is { } why ? $"; the address is suppressed ({why})"
            + (person.SignUp is not null ? " until the new sign-up is confirmed" : "") : ""));
        yield return ("digest", person.Cohort.Key);
        yield return ("language", data.Choices.Language);
        yield return ("sections", data.Choices.Sections.Count == 0 ? "all" : string.Join(", ", data.Choices.Sections));
        if (languages.HasChoice)
        {
            yield return ("stories in", Format.StoriesIn(languages, person));
        }

        yield return ("next digest", next is null ? "none" : Format.Time(next.At));
        if (data.Choices.PausedUntil is { } until)
        {
            yield return ("paused until", until.Text());
        }

        if (data.Rest is { IsEnded: false } rest)
        {
            yield return ("rests", $"{rest.Since.Text()} until {rest.Until.Text()}, because: {rest.Reason}");
        }

        yield return ("since", Format.Time(data.Created));
        yield return ("confirmed", Format.Time(data.Confirmed, "not yet, or at an unknown date"));
        if (data.Ended is { } ended)
        {
            yield return ("ended", Format.Time(ended) + (data.LeftFor is { } reason ? $", because: {reason}" : ""));
        }

        foreach (var consent in data.Consents)
        {
            var at = Format.Time(consent.At, "date unknown");
            yield return ("consent", $"{consent.Act}: {at}, {consent.Where}, wording {consent.Wording}");
        }

        if (data.NewAddress is { } wanted)
        {
            yield return ("new address", $"{wanted.Address}, asked {Format.Time(wanted.Asked)}");
        }

        foreach (var former in data.FormerAddresses)
        {
            yield return ("left address", $"{former.Address}, {Format.Time(former.Left)}");
        }

        foreach (var delivery in data.Deliveries)
        {
            yield return ("delivery", $"{delivery.Date.Text()}: {delivery.State}{(delivery.Reason is { } said ? $" ({said})" : "")}"
                + Format.CameBack(delivery.CameBack));
        }

        foreach (var notice in data.Notices)
        {
            yield return ("service mail", string.Create(
                CultureInfo.InvariantCulture, $"{notice.About}, {Format.Time(notice.Asked, "?")}: {notice.Outcome ?? "waits"}")
                + Format.CameBack(notice.CameBack, notice.Reason));
        }
    }
}
