using System.CommandLine;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>sections</c>: renames a section that readers chose.</summary>
internal static class SectionsCommand
{
    public static Command Create(Terminal terminal)
    {
        var from = new Argument<string>("OLD") { Description = "The section as readers chose it; doctor lists those that are not offered" };
        var to = new Argument<string>("NEW") { Description = "A section of Publication__Sections" };
        var rename = new Command(
            "rename", "Replace a section in the choices of all readers, and in the stories from which the next digests are chosen.")
        {
            from, to,
        };
        rename.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => RenameAsync(app.Services, terminal, parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), stop),
            cancellationToken));
        return new Command("sections", "Rename a section that readers chose.") { rename };
    }

    private static string Stories(int number) => number == 1 ? "1 recent story" : $"{Format.Count(number)} recent stories";

    private static async Task<int> RenameAsync(
        IServiceProvider services, Terminal terminal, string from, string to, CancellationToken cancellationToken)
    {
        var offered = services.GetRequiredService<Publication>().Sections;
        if (offered.FirstOrDefault(section => section.Equals(to, StringComparison.OrdinalIgnoreCase)) is not { } section)
        {
            await terminal.ErrorAsync(offered.Count == 0
                ? "NEW: Publication__Sections has no section; set it first."
                : $"NEW: one of Publication__Sections: {string.Join(", ", offered)}.");
            return 2;
        }

        var changed = await services.GetRequiredService<RenameSection>().ExecuteAsync(from, section, cancellationToken);
        var stories = await services.GetRequiredService<RecentSections>().RenameAsync(from, section, cancellationToken);
        if (changed == 0 && stories == 0)
        {
            await terminal.ErrorAsync($"No reader chose the section {from}, and no recent story has it.");
            return 1;
        }

        await services.AuditAsync("section.rename", section, from, section, cancellationToken);
        await terminal.LineAsync($"{Format.Count(changed, "reader")} and {Stories(stories)} changed from {from} to {section}. "
            + "A story gets its old section again if its feed still names it when the story changes.");
        return 0;
    }
}
