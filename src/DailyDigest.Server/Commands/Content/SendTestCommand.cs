using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mail;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Sending;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary><c>send-test</c>: sends the preview to one address through the real transport.</summary>
internal static class SendTestCommand
{
    public static Command Create(Terminal terminal)
    {
        var to = new Option<EmailAddress>("--to")
        {
            Description = "The recipient; does not have to be a subscriber",
            HelpName = "address",
            Required = true,
            CustomParser = result => Inputs.Address(result, "--to"),
        };
        var language = Inputs.Language();
        var command = new Command("send-test",
            "Send the home cohort's digest, as it would be made now, to one address. Its personal links lead to the front page.")
        {
            to, language,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(app.Services, terminal, parsed.GetRequiredValue(to), parsed.GetValue(language), stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, EmailAddress to, string? wantedLanguage, CancellationToken cancellationToken)
    {
        var publication = services.GetRequiredService<Publication>();
        if (Inputs.Language(publication, wantedLanguage) is not { } language)
        {
            await terminal.ErrorAsync(Inputs.NoSuchLanguage(publication));
            return 2;
        }

        var options = services.GetRequiredService<MailOptions>();
        if (options.Host.Length == 0 && options.PickupFolder.Length == 0)
        {
            await terminal.ErrorAsync("Mail__Host: the relay's host name, or set Mail__PickupFolder to write files instead.");
            return 2;
        }

        // Stories of another language are better than no test.
        var choice = services.GetRequiredService<StoryLanguages>().Choice([], [], language);
        var previews = services.GetRequiredService<PreviewDigest>();
        var preview = await previews.ExecuteAsync(publication.HomeCohort, null, choice, cancellationToken);
        preview = preview.Digest.Items.Count > 0 ? preview
            : await previews.ExecuteAsync(publication.HomeCohort, null, StoryChoice.All, cancellationToken);
        var variant = await previews.RenderAsync(preview.Digest, language, cancellationToken);
        if (variant is null && await LastAsync(services, preview.Digest.Date, language, cancellationToken) is var (last, date))
        {
            await terminal
                .LineAsync($"There is nothing new to send ({preview.Digest.Skipped?.TrimEnd('.')}): this is the digest of {date.Text()}.");
            variant = last;
        }

        if (variant is null)
        {
            await terminal.ErrorAsync($"There is nothing to send: {preview.Digest.Skipped}");
            return 1;
        }

        var result = await services.GetRequiredService<SendTest>().ExecuteAsync(to, variant, cancellationToken);
        if (result.Outcome != SendOutcome.Sent)
        {
            await terminal.ErrorAsync($"Not sent: {result.Reply}");
            return 1;
        }

        await terminal.LineAsync(
            options.PickupFolder.Length > 0 ? $"Written to {Path.GetFullPath(options.PickupFolder)}."
                : $"Sent through {result.Relay}: {result.Reply}");
        return 0;
    }

    /// <summary>The newest stored digest of the week before the date: a test of delivery needs no new stories.</summary>
    private static async Task<(Variant Variant, DateOnly Date)?> LastAsync(
        IServiceProvider services, DateOnly before, string language, CancellationToken cancellationToken)
    {
        var (home, previews) = (services.GetRequiredService<Publication>().HomeCohort, services.GetRequiredService<PreviewDigest>());
        for (var date = before.AddDays(-1); date >= before.AddDays(-7); date = date.AddDays(-1))
        {
            var preview = await previews.ExecuteAsync(home, date, StoryChoice.All, cancellationToken);
            if (preview.Frozen && await previews.RenderAsync(preview.Digest, language, cancellationToken) is { } variant)
            {
                return (variant, date);
            }
        }

        return null;
    }
}
