using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary><c>preview</c>: the digest as it would be now, and why.</summary>
internal static class PreviewCommand
{
    private sealed record Wish(DateOnly? Date, Cohort? Cohort, FileInfo? Out, string? Language, bool Explain, bool Json);

    public static Command Create(Terminal terminal)
    {
        var date = Inputs.Date("The local date; without it the next one that has no digest yet");
        var cohort = Inputs.Cohort("Whose digest, such as daily_07_Europe.Paris (status shows the names); without it the home zone's");
        var file = new Option<FileInfo?>("--out") { Description = "Write the mail's HTML into this file instead of printing its text", HelpName = "file" };
        var language = Inputs.Language();
        var explain = new Option<bool>("--explain") { Description = "Print each item's score and reasons, and what was passed over" };
        var json = Inputs.Json();
        var command = new Command("preview", "Show the digest as it would be made now. Nothing is stored or sent.") { date, cohort, file, language, explain, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var wish = new Wish(
                parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(file), parsed.GetValue(language), parsed.GetValue(explain), parsed.GetValue(json));
            return TheProgram.WithAsync(terminal, (app, stop) => ExecuteAsync(app.Services, terminal, wish, stop), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ExecuteAsync(IServiceProvider services, Terminal terminal, Wish wish, CancellationToken cancellationToken)
    {
        if (wish.Out is { } file && PrivateFile.Fault(file) is { } fault)
        {
            await terminal.ErrorAsync($"--out: {fault}");
            return 2;
        }

        var publication = services.GetRequiredService<Publication>();
        if (Inputs.Language(publication, wish.Language) is not { } language)
        {
            await terminal.ErrorAsync(Inputs.NoSuchLanguage(publication));
            return 2;
        }

        var preview = await Preview.ChooseAsync(services, wish.Cohort ?? publication.HomeCohort, wish.Date, cancellationToken);
        if (preview.Frozen)
        {
            await terminal.ErrorAsync($"This digest was made at {Said.At(preview.Digest.FrozenAt)} and does not change any more.");
        }

        var mail = await preview.RenderAsync(services, language, cancellationToken);
        if (wish.Json)
        {
            var digest = preview.Digest;
            await terminal.JsonAsync(new
            {
                digest.Date,
                digest.Cohort,
                preview.Frozen,
                digest.FrozenAt,
                digest.Skipped,
                mail?.Subject,
                digest.Items,
                digest.PassedOver,
            });
        }
        else if (wish.Explain)
        {
            await ExplainAsync(services, preview, mail?.Subject, terminal);
        }
        else if (mail is not null && wish.Out is null)
        {
            await terminal.LineAsync(mail.Subject);
            await terminal.LineAsync();
            await terminal.TextAsync(mail.Text.TrimEnd() + "\n");
        }

        if (mail is null)
        {
            await terminal.ErrorAsync($"There would be no digest on {preview.Digest.Date.Text()}: {preview.Digest.Skipped}");
            return 1;
        }

        return wish.Out is null || await WriteAsync(wish.Out, mail.Html, terminal, cancellationToken) ? 0 : 1;
    }

    private static async Task ExplainAsync(IServiceProvider services, Preview preview, string? subject, Terminal terminal)
    {
        var digest = preview.Digest;
        await terminal.LineAsync($"{digest.Date.Text()} {digest.Cohort}: {subject ?? "no digest"}");
        for (var i = 0; i < digest.Items.Count; i++)
        {
            var item = digest.Items[i];
            await terminal.LineAsync();
            await terminal.LineAsync(string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {item.Story.Title} ({item.Story.Id})"));
            await terminal.LineAsync(string.Create(CultureInfo.InvariantCulture, $"   score {item.Score:0.00}: {string.Join("; ", item.Reasons)}"));
            if (item.AlsoIn.Count > 0)
            {
                await terminal.LineAsync("   also in " + string.Join(", ", item.AlsoIn));
            }
        }

        if (digest.PassedOver.Count > 0)
        {
            await terminal.LineAsync();
            await terminal.LineAsync("Passed over:");
        }

        if (CapAdvice.Of(digest, services.GetRequiredService<SelectionOptions>()) is { } advice)
        {
            await terminal.LineAsync(advice);
        }

        foreach (var story in digest.PassedOver)
        {
            await terminal.LineAsync(string.Create(CultureInfo.InvariantCulture, $"- {story.Title} ({story.StoryId}), {story.Score:0.00}: {story.Reason}"));
        }
    }

    private static async Task<bool> WriteAsync(FileInfo file, string html, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, html, cancellationToken);
            await terminal.ErrorAsync($"Written to {file.FullName}.");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"--out: {exception.Message}");
            return false;
        }
    }
}
