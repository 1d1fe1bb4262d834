"""all five plans"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('extends', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_calendar'))
    )
    op.create_table('calendar_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('calendar', sa.String(length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=6), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('made_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('withdrawn_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('off', 'worked', 'notice')", name=op.f('ck_calendar_entry_kind')),
    sa.CheckConstraint("status IN ('official', 'dự kiến')", name=op.f('ck_calendar_entry_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_entry'))
    )
    with op.batch_alter_table('calendar_entry', schema=None) as batch_op:
        batch_op.create_index('ix_calendar_entry_calendar', ['calendar', 'day'], unique=False)

    op.create_table('registry_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('act', sa.String(length=20), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('value', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('document', sa.String(length=300), nullable=True),
    sa.Column('made_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registry_change'))
    )
    op.create_table('plan_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('campaign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plan_sha256', sa.String(length=64), nullable=False),
    sa.Column('plan_text', sa.Text(), nullable=False),
    sa.Column('loaded_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('ruling_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_plan_version_campaign_id')),
    sa.ForeignKeyConstraint(['ruling_id'], ['ruling.id'], name=op.f('fk_plan_version_ruling_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_version'))
    )
    with op.batch_alter_table('plan_version', schema=None) as batch_op:
        batch_op.create_index('ix_plan_version_campaign', ['campaign_id'], unique=False)

    op.create_index('ix_assignment_predecessor', 'assignment', ['predecessor_id'], unique=False)

    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.add_column(sa.Column('found', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('calendar', sa.String(length=40), nullable=False, server_default='vn'))
        batch_op.add_column(sa.Column('ended_on', sa.Date(), nullable=True))

    with op.batch_alter_table('cohort', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ruling_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('made_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('awaited_on', sa.Date(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_cohort_ruling_id'), 'ruling', ['ruling_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_cohort_made_by_id'), 'ruling', ['made_by_id'], ['id'])

    with op.batch_alter_table('duty_period', schema=None) as batch_op:
        batch_op.add_column(sa.Column('binding', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('milestones', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_at', dondoc.store.types.Instant(timezone=True), nullable=True))

    with op.batch_alter_table('ruling', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scope_kind', sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column('scope_under', sa.String(length=60), nullable=True))
        batch_op.create_index('ix_ruling_campaign', ['campaign_id', 'duty'], unique=False)

    with op.batch_alter_table('step', schema=None) as batch_op:
        batch_op.alter_column('tone',
               existing_type=sa.VARCHAR(length=12),
               type_=sa.String(length=20),
               existing_nullable=False)

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('names', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True))
        batch_op.add_column(sa.Column('served_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_submission_served_by_id'), 'submission', ['served_by_id'], ['id'])

    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('territory', sa.String(length=10), nullable=False, server_default=''))
        batch_op.drop_index(batch_op.f('ix_unit_kind'))
        batch_op.create_index('ix_unit_kind', ['territory', 'kind', 'valid_from'], unique=False)

    # What older rows say: every unit lies in the province it was registered under, and the text a campaign
    # was loaded with is its first version.
    op.execute("UPDATE unit SET territory = province_code")
    op.execute(
        "INSERT INTO plan_version (campaign_id, plan_sha256, plan_text, loaded_at)"
        " SELECT id, plan_sha256, plan_text, loaded_at FROM campaign"
    )

