using DailyDigest.Digests;
using DailyDigest.Mail.Smtp;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>Looks for languages of the publication without recent stories, if readers get the stories of their language only.</summary>
internal static class LanguagesCheck
{
    /// <summary>A warning for each language without a story; no finding if every reader gets the stories of all languages.</summary>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        IServiceProvider services, bool isNew, CancellationToken cancellationToken)
    {
        if (!services.GetRequiredService<StoryLanguages>().HasChoice)
        {
            return [];
        }

        try
        {
            var quiet = isNew ? null : await services.GetRequiredService<FindQuietLanguages>().ExecuteAsync(cancellationToken);
            return quiet switch
            {
                null => [new("stories", "languages", CheckResult.NotChecked, "there is no story of the last week")],
                [] => [new("stories", "languages", CheckResult.Ok, "there are stories of the last week in each language")],
                _ => [.. quiet.Select(Warning)],
            };
        }
        catch (StorageException)
        {
            return [new("stories", "languages", CheckResult.NotChecked, "storage failed")];
        }
    }

    private static Finding Warning(string language) => new(
        "stories", "languages", CheckResult.Warning,
        $"no story of the last week is in {language}, so its readers get the stories of all languages: add a feed in it, or set "
            + "Selection__MixLanguages=true if that is intended");
}
