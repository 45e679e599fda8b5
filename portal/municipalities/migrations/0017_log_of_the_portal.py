"""Lines of the log that belong to no municipality: what portal administrators do with one person's data.

SQLite makes the table anew for it, and so the triggers of 0003 and 0012, which keep the log append-only.
"""

import django.db.models.deletion
from django.db import migrations, models


TABLE = "municipalities_auditentry"
SQLITE = [
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OF id, municipality_id, at, act, subject, detail ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
        WHEN OLD.at > datetime('now', '-1826 days')
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
]


def unguard(apps, schema_editor):
    """On SQLite the triggers stand in the way of copying the table."""
    if schema_editor.connection.vendor == "sqlite":
        for name in ("audit_no_change", "audit_no_delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0016_providers_second_factor"),
    ]

    operations = [
        migrations.RunPython(unguard, guard),
        migrations.AlterField(
            model_name="auditentry",
            name="act",
            field=models.CharField(
                choices=[
                    ("invited", "Invited a person"),
                    ("invitation_withdrawn", "Withdrew an invitation"),
                    ("joined", "Became a member"),
                    ("roles_changed", "Changed somebody’s roles"),
                    ("left", "Ended a membership"),
                    ("approval_switched", "Changed whether pages must be approved"),
                    ("page_published", "Published a page"),
                    ("page_approved", "Approved a page"),
                    ("page_rejected", "Sent a page back"),
                    ("page_unpublished", "Took a page down"),
                    ("page_deleted", "Deleted a page"),
                    ("event_published", "Published an event"),
                    ("event_shared", "Changed who an event is for"),
                    ("event_cancelled", "Cancelled an event"),
                    ("event_postponed", "Postponed an event"),
                    ("invitation_link_made", "Made an invitation link to an event"),
                    ("invitation_link_ended", "Ended an invitation link to an event"),
                    ("participants_seen", "Looked at a list of participants"),
                    ("event_decided", "Decided that an event is held"),
                    ("seats_kept", "Changed which seats are kept for whom"),
                    ("seat_given", "Gave somebody on a waiting list a seat out of turn"),
                    ("participants_exported", "Fetched a list of participants as a file"),
                    ("attendance_recorded", "Ticked off who came"),
                    ("share_withdrawn", "Withdrew a share"),
                    ("hidden", "Hid something from our lists"),
                    ("unhidden", "Put something back in our lists"),
                    ("shown", "Began to show another municipality’s page"),
                    ("adapted", "Made an own version of another municipality’s page"),
                    ("updated_from_source", "Took over news from the original"),
                    ("adoption_ended", "Stopped using another municipality’s page"),
                    ("co_editor_invited", "Invited another municipality to work on something together"),
                    ("co_editor_revoked", "Ended another municipality’s part in the work"),
                    ("review_confirmed", "Confirmed that a page still holds"),
                    ("retired", "Retired a page"),
                    ("handover_offered", "Offered to hand something over"),
                    ("handover_accepted", "Took something over"),
                    ("handover_declined", "Declined to take something over"),
                    ("handover_withdrawn", "Took back an offer to hand something over"),
                    ("deputy_chosen", "Chose a deputy for a manager"),
                    ("deputy_ended", "Ended a deputy’s time"),
                    ("needs_seen", "Looked at what participants eat and need"),
                    ("signed_up_for", "Signed somebody else up"),
                    ("sign_up_ended", "Took away somebody’s sign-up"),
                    ("programme_released", "Made a version of a conference’s programme public"),
                    ("report_published", "Showed in public who took part in a conference"),
                    ("report_withdrawn", "Shows no more who took part in a conference"),
                    ("second_factor_set_up", "Set up a second step for signing in"),
                    ("second_factor_removed", "Took away a second step for signing in"),
                    ("second_factor_reset", "Reset somebody’s lost second step for signing in"),
                    ("provider_changed", "Changed how our people sign in"),
                    ("identity_connected", "Connected an account with our own sign-in"),
                    ("person_found", "Looked somebody up by their address"),
                    ("identity_seen", "Looked at who stands behind an alias"),
                    ("identity_protected", "Protected somebody’s identity, or gave another alias"),
                    ("identity_shown", "Ended the protection of somebody’s identity"),
                    ("data_exported", "Fetched all that is known of somebody"),
                    ("person_erased", "Erased somebody on request"),
                    ("hold_placed", "Stopped the erasing of somebody’s data"),
                    ("hold_lifted", "Lifted a stop to erasing"),
                    ("log_exported", "Fetched the log as a file"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="municipality",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="audit_entries",
                to="municipalities.municipality",
            ),
        ),
        migrations.RunPython(guard, unguard),
    ]
