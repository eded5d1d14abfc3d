using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary><c>preview</c>: the digest as it would be made now, and why.</summary>
internal static class PreviewCommand
{
    private sealed record Request(
        DateOnly? Date, Cohort? Cohort, IReadOnlyList<string> Sections, FileInfo? Out, string? Language, bool Explain, bool Json);

    public static Command Create(Terminal terminal)
    {
        var date = Inputs.Date("The local date. Default: the next date without a digest");
        var cohort = Inputs.Cohort("The cohort, such as daily_07_Europe.Paris (status lists the names). Default: the home cohort");
        var sections = new Option<string[]>("--section")
        {
            Description = "Show the digest of readers who chose this section; repeat it for several. Default: all sections",
            HelpName = "name",
            DefaultValueFactory = _ => [],
        };
        var file = new Option<FileInfo?>("--out")
        {
            Description = "Write the mail's HTML to this file instead of printing its text; to standard output with -",
            HelpName = "file",
        };
        var language = Inputs.Language();
        var explain = new Option<bool>("--explain") { Description = "Print each story's score and reasons, and the stories passed over" };
        var json = Inputs.Json();
        var command = new Command("preview", "Show the digest as it would be made now. Stores and sends nothing.")
        {
            date, cohort, sections, file, language, explain, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new Request(
                parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(sections) ?? [], parsed.GetValue(file),
                parsed.GetValue(language), parsed.GetValue(explain), parsed.GetValue(json));
            return CommandHost.RunAsync(terminal, (app, stop) => ExecuteAsync(app.Services, terminal, request, stop), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, Request request, CancellationToken cancellationToken)
    {
        if (request.Out is { } file && !IsStandardOutput(file) && PrivateFile.Fault(file) is { } fault)
        {
            await terminal.ErrorAsync($"--out: {fault}");
            return 2;
        }

        var publication = services.GetRequiredService<Publication>();
        if (Inputs.Language(publication, request.Language) is not { } language)
        {
            await terminal.ErrorAsync(Inputs.NoSuchLanguage(publication));
            return 2;
        }

        if (await UnknownSectionAsync(services, request.Sections, cancellationToken) is { } unknown)
        {
            await terminal.ErrorAsync(unknown);
            return 2;
        }

        var previews = services.GetRequiredService<PreviewDigest>();
        var preview = await previews.ExecuteAsync(
            request.Cohort ?? publication.HomeCohort, request.Date,
            services.GetRequiredService<StoryLanguages>().Choice(request.Sections, [], language), cancellationToken);
        if (preview.Frozen)
        {
            await terminal.ErrorAsync($"This digest was frozen at {Format.Time(preview.Digest.FrozenAt)} and no longer changes.");
        }

        var mail = await previews.RenderAsync(preview.Digest, language, cancellationToken);
        if (request.Json)
        {
            var digest = preview.Digest;
            await terminal.JsonAsync(new
            {
                digest.Date,
                digest.Cohort,
                digest.Sections,
                StoryLanguages = digest.Languages,
                preview.Frozen,
                digest.FrozenAt,
                digest.Skipped,
                mail?.Subject,
                digest.Items,
                digest.PassedOver,
            });
        }
        else if (request.Explain)
        {
            await ExplainAsync(services, preview, mail?.Subject, terminal);
        }
        else if (mail is not null && request.Out is null)
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

        return request.Out is null || await WriteAsync(request.Out, mail.Html, terminal, cancellationToken) ? 0 : 1;
    }

    /// <summary>The error if readers cannot choose one of the sections; null otherwise.</summary>
    private static async Task<string?> UnknownSectionAsync(
        IServiceProvider services, IReadOnlyList<string> sections, CancellationToken cancellationToken)
    {
        if (sections.Count == 0)
        {
            return null;
        }

        // A publication that offers none can still see what its stories have.
        var offered = services.GetRequiredService<Publication>().Sections;
        IReadOnlyList<string> known = offered.Count > 0 ? [.. offered]
            : await services.GetRequiredService<RecentSections>().ListAsync(cancellationToken);
        return sections.FirstOrDefault(section => !known.Contains(section, StringComparer.OrdinalIgnoreCase)) is not { } unknown ? null
            : known.Count == 0 ? "--section: Publication__Sections has no section, and no recent story names one."
            : $"--section: there is no section '{unknown}'; "
                + $"{(offered.Count > 0 ? "Publication__Sections has" : "recent stories have")} {string.Join(", ", known)}.";
    }

    private static async Task ExplainAsync(IServiceProvider services, Preview preview, string? subject, Terminal terminal)
    {
        var digest = preview.Digest;
        List<string> choice =
            [.. digest.Sections, .. digest.Languages.Count == 0 ? [] : new[] { "stories in " + string.Join(", ", digest.Languages) }];
        var of = choice.Count == 0 ? "" : $" ({string.Join(", ", choice)})";
        await terminal.LineAsync($"{digest.Date.Text()} {digest.Cohort}{of}: {subject ?? "no digest"}");
        for (var i = 0; i < digest.Items.Count; i++)
        {
            var item = digest.Items[i];
            await terminal.LineAsync();
            var id = ShortId.Of(item.Story.Id);
            await terminal.LineAsync(string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {item.Story.Title} ({id})"));
            await terminal.LineAsync(
                string.Create(CultureInfo.InvariantCulture, $"   score {item.Score:0.00}: {string.Join("; ", item.Reasons)}"));
            if (item.AlsoIn.Count > 0)
            {
                await terminal.LineAsync("   also in " + string.Join(", ", item.AlsoIn));
            }
        }

        if (CapAdvice.Of(digest, services.GetRequiredService<SelectionOptions>()) is { } advice)
        {
            await terminal.LineAsync();
            await terminal.LineAsync(advice);
        }

        if (digest.PassedOver.Count > 0)
        {
            await terminal.LineAsync();
            await terminal.LineAsync("Passed over:");
        }

        foreach (var story in digest.PassedOver)
        {
            var id = ShortId.Of(story.StoryId);
            await terminal.LineAsync(
                string.Create(CultureInfo.InvariantCulture, $"- {story.Title} ({id}), {story.Score:0.00}: {story.Reason}"));
        }
    }

    private static bool IsStandardOutput(FileInfo file) => file.ToString() == "-";

    private static async Task<bool> WriteAsync(FileInfo file, string html, Terminal terminal, CancellationToken cancellationToken)
    {
        // The shell opens the file, for a program whose user may not write to the folder.
        if (IsStandardOutput(file))
        {
            await terminal.TextAsync(html);
            return true;
        }

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
